#include "simulator/lake/object_store.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

#include "shared/base/sha256.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr std::string_view kSafe = "._-=+,@:~()";
constexpr size_t kNameBytesMax = 200;
// A rest shorter than this is avoided: "." and ".." would be no names.
constexpr size_t kRestBytesMin = 10;
constexpr std::string_view kCreatedMark = "%created-";

bool is_safe(char c) { return is_alnum(c) || kSafe.find(c) != std::string_view::npos; }

bool is_file_like(std::string_view name) {
  if (name.find('=') != std::string_view::npos) return false;
  return name.find('.') != std::string_view::npos || std::count(name.begin(), name.end(), '-') >= 6;
}

void append_encoded(std::string& out, std::string_view name) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const bool is_dots = name == "." || name == "..";
  for (char c : name) {
    if (is_safe(c) && !is_dots) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
}

// One name of a key; `is_leaf` is the last.
void append_name(std::string& path, std::string_view name, bool is_leaf) {
  std::string encoded;
  append_encoded(encoded, name);
  if (is_leaf && !is_file_like(name)) encoded.append("%f");
  if (!is_leaf && is_file_like(name)) encoded.append("%d");
  if (!is_leaf && name.empty()) encoded.append("%e");
  std::string_view rest = encoded;
  while (rest.size() > kNameBytesMax) {
    const bool is_short_rest = rest.size() < kNameBytesMax + kRestBytesMin;
    const size_t take = is_short_rest ? kNameBytesMax - kRestBytesMin : kNameBytesMax;
    path.append(rest.substr(0, take)).append("%c/");
    rest.remove_prefix(take);
  }
  path.append(rest);
}

bool append_decoded(std::string& out, std::string_view encoded) {
  for (size_t at = 0; at < encoded.size(); ++at) {
    if (encoded[at] != '%') {
      out.push_back(encoded[at]);
      continue;
    }
    if (at + 2 >= encoded.size()) return false;
    const int high = hex_value(encoded[at + 1]);
    const int low = hex_value(encoded[at + 2]);
    if (high < 0 || low < 0) return false;
    out.push_back(static_cast<char>(high * 16 + low));
    at += 2;
  }
  return true;
}

// Undoes the marks, leniently: path_to_key compares with what the key would have given.
std::optional<std::string> decode_path(std::string_view path) {
  std::string key;
  std::string name;
  while (true) {
    const size_t slash = std::min(path.find('/'), path.size());
    std::string_view part = path.substr(0, slash);
    const bool is_last = slash == path.size();
    const bool goes_on = part.ends_with("%c") && !is_last;
    if (part.size() >= 2 && part[part.size() - 2] == '%' && is_lower(part.back())) {
      part.remove_suffix(2);
    }
    name.append(part);
    if (!goes_on) {
      if (!append_decoded(key, name)) return std::nullopt;
      name.clear();
      if (is_last) return key;
      key.push_back('/');
    }
    path.remove_prefix(slash + 1);
  }
}

// The keys below a folder, when they can be told from the folder's path: what they all start with.
std::string key_of_folder(std::string_view path) {
  const auto key = decode_path(path);
  return key ? *key + "/" : std::string();
}

std::string meta_text(std::string_view etag, const ObjectHeaders& headers) {
  std::string text = "etag: ";
  text.append(etag).append("\n");
  for (const auto& [name, value] : headers)
    text.append(name).append(": ").append(value).append("\n");
  return text;
}

// The entries of a meta file: the object's own, and after a crash amid an overwrite the one before.
std::vector<ObjectInfo> read_meta(std::string_view text) {
  std::vector<ObjectInfo> entries;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = line.substr(colon + 2);
    if (name == "etag") entries.emplace_back().etag = value;
    if (name != "etag" && !entries.empty()) entries.back().headers.emplace_back(name, value);
  }
  return entries;
}

}  // namespace

std::string key_to_path(std::string_view key) {
  std::string path;
  while (true) {
    const size_t slash = key.find('/');
    append_name(path, key.substr(0, slash), slash == std::string_view::npos);
    if (slash == std::string_view::npos) return path;
    path.push_back('/');
    key.remove_prefix(slash + 1);
  }
}

std::optional<std::string> path_to_key(std::string_view path) {
  auto key = decode_path(path);
  if (!key || key_to_path(*key) != path) return std::nullopt;
  return key;
}

std::string md5_hex(std::span<const std::string_view> parts) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned int bytes = 0;
  EVP_DigestInit_ex(context.get(), EVP_md5(), nullptr);
  for (std::string_view part : parts) EVP_DigestUpdate(context.get(), part.data(), part.size());
  EVP_DigestFinal_ex(context.get(), digest.data(), &bytes);
  return hex(std::span(digest).first(bytes));
}

ObjectStore::ObjectStore(Disk& disk, std::string data) : disk_(disk), data_(std::move(data)) {}

Error ObjectStore::open() {
  for (const char* folder : {"/s3", "/s3-meta", "/s3-temp"}) {
    const Error error = disk_.make_folders(data_ + folder);
    if (error != Error::none) return error;
  }
  const auto left = disk_.list(data_ + "/s3-temp");
  if (!left) return left.error();
  for (const FolderEntry& entry : left.value()) {
    const Error error = disk_.remove(data_ + "/s3-temp/" + entry.name);
    if (error != Error::none) return error;
  }
  return Error::none;
}

std::string ObjectStore::bucket_path(const std::string& bucket) const {
  return data_ + "/s3/" + bucket;
}

std::string ObjectStore::object_path(const std::string& bucket, std::string_view key) const {
  return bucket_path(bucket) + "/" + key_to_path(key);
}

std::string ObjectStore::meta_path(const std::string& bucket, std::string_view key) const {
  return data_ + "/s3-meta/" + bucket + "/" + key_to_path(key);
}

std::string ObjectStore::next_temporary() {
  std::string path = data_ + "/s3-temp/";
  append_number(path, static_cast<int64_t>(next_temporary_++));
  return path;
}

Error ObjectStore::create_bucket(const std::string& bucket, int64_t now_ms) {
  const std::lock_guard lock(writing_);
  if (has_bucket(bucket)) return Error::already_exists;
  std::string created;
  append_number(created, now_ms);
  std::string mark = data_ + "/s3-meta/";
  mark.append(kCreatedMark).append(bucket);
  const std::array<std::string_view, 1> parts = {created};
  const Error error = write_atomically(disk_, next_temporary(), mark, parts);
  return error != Error::none ? error : disk_.make_folders(bucket_path(bucket));
}

bool ObjectStore::has_bucket(const std::string& bucket) const {
  const auto about = disk_.info(bucket_path(bucket));
  return about && about.value().is_folder;
}

Result<std::vector<BucketInfo>> ObjectStore::buckets() const {
  const auto entries = disk_.list(data_ + "/s3");
  if (!entries) return entries.error();
  std::vector<BucketInfo> found;
  for (const FolderEntry& entry : entries.value()) {
    if (!entry.is_folder) continue;
    BucketInfo& bucket = found.emplace_back();
    bucket.name = entry.name;
    std::string mark = data_ + "/s3-meta/";
    const auto text = disk_.read(mark.append(kCreatedMark).append(entry.name));
    // A folder that someone else made has no mark: its date is then the epoch.
    if (!text) continue;
    const std::string& digits = text.value();
    std::from_chars(digits.data(), digits.data() + digits.size(), bucket.created_ms);
  }
  return found;
}

Error ObjectStore::write_meta(const std::string& path, std::string_view text) {
  const Error error = disk_.make_folders(folder_of(path));
  if (error != Error::none) return error;
  const std::array<std::string_view, 1> parts = {text};
  return write_atomically(disk_, next_temporary(), path, parts);
}

Error ObjectStore::write_object(const std::string& path, Parts parts) {
  const Error error = disk_.make_folders(folder_of(path));
  return error != Error::none ? error : write_atomically(disk_, next_temporary(), path, parts);
}

// The meta goes first and the bytes are the point of no return. While an object is being replaced
// its meta holds both entries; info() then tells by the bytes which one is true.
Result<ObjectInfo> ObjectStore::put(const std::string& bucket, const std::string& key, Parts parts,
                                    const ObjectHeaders& headers) {
  ObjectInfo about;
  about.headers = headers;
  about.etag = md5_hex(parts);
  const std::lock_guard lock(writing_);
  if (!has_bucket(bucket)) return Error::not_found;
  const std::string path = object_path(bucket, key);
  const std::string meta = meta_path(bucket, key);
  const std::string text = meta_text(about.etag, headers);
  const auto before = info(bucket, key);
  Error error = write_meta(
      meta, before ? text + meta_text(before.value().etag, before.value().headers) : text);
  if (error == Error::none) error = write_object(path, parts);
  if (error == Error::none && before) error = write_meta(meta, text);
  if (error != Error::none) return error;
  for (std::string_view part : parts) about.bytes += part.size();
  const auto written = disk_.info(path);
  if (written) about.modified_ms = written.value().modified_ms;
  return about;
}

Result<ObjectInfo> ObjectStore::info(const std::string& bucket, const std::string& key) const {
  const std::string path = object_path(bucket, key);
  const auto file = disk_.info(path);
  if (!file) return file.error();
  if (file.value().is_folder) return Error::not_found;
  const auto meta = disk_.read(meta_path(bucket, key));
  auto entries = meta ? read_meta(meta.value()) : std::vector<ObjectInfo>();
  // A file that someone laid there by hand has no meta: its etag is that of its bytes.
  if (entries.size() != 1) {
    const auto bytes = disk_.read(path);
    if (!bytes) return bytes.error();
    const std::array<std::string_view, 1> parts = {bytes.value()};
    const std::string etag = md5_hex(parts);
    const auto same = std::find_if(entries.begin(), entries.end(),
                                   [&](const ObjectInfo& entry) { return entry.etag == etag; });
    if (same != entries.end()) entries = {*same};
    if (entries.empty()) entries.emplace_back().etag = etag;
  }
  ObjectInfo about = std::move(entries.front());
  about.bytes = file.value().bytes;
  about.modified_ms = file.value().modified_ms;
  return about;
}

Result<std::string> ObjectStore::read(const std::string& bucket, const std::string& key,
                                      uint64_t offset, uint64_t bytes) const {
  return disk_.read_range(object_path(bucket, key), offset, bytes);
}

// Folders stay: an empty one holds no key.
Error ObjectStore::remove(const std::string& bucket, const std::string& key) {
  const std::lock_guard lock(writing_);
  const std::string path = object_path(bucket, key);
  Error error = disk_.remove(path);
  if (error == Error::none) error = disk_.sync_folder(folder_of(path));
  if (error != Error::none) return error;
  error = disk_.remove(meta_path(bucket, key));
  return error == Error::not_found ? Error::none : error;
}

Error ObjectStore::collect_keys(const std::string& folder, const std::string& path,
                                std::string_view prefix, std::vector<std::string>& keys) const {
  const auto entries = disk_.list(folder);
  if (!entries) return entries.error() == Error::not_found ? Error::none : entries.error();
  for (const FolderEntry& entry : entries.value()) {
    const std::string below = path.empty() ? entry.name : path + "/" + entry.name;
    if (!entry.is_folder) {
      auto key = path_to_key(below);
      if (key && key->starts_with(prefix)) keys.push_back(std::move(*key));
      continue;
    }
    // Folders whose keys cannot match are not entered. A name cut in two says nothing yet.
    const std::string start = entry.name.ends_with("%c") ? std::string() : key_of_folder(below);
    const size_t common = std::min(start.size(), prefix.size());
    if (start.compare(0, common, prefix.substr(0, common)) != 0) continue;
    const Error error = collect_keys(folder + "/" + entry.name, below, prefix, keys);
    if (error != Error::none) return error;
  }
  return Error::none;
}

Result<std::vector<std::string>> ObjectStore::keys(const std::string& bucket,
                                                   std::string_view prefix) const {
  if (!has_bucket(bucket)) return Error::not_found;
  std::vector<std::string> found;
  const Error error = collect_keys(bucket_path(bucket), "", prefix, found);
  if (error != Error::none) return error;
  std::sort(found.begin(), found.end());
  return found;
}

Error ObjectStore::put_delivered(const std::string& bucket, const std::string& key, Parts parts) {
  const ObjectHeaders headers = {{"content-type", "application/octet-stream"}};
  const auto written = put(bucket, key, parts, headers);
  return written ? Error::none : written.error();
}

}  // namespace edgehose
