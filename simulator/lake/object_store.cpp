#include "simulator/lake/object_store.h"

#include <libdeflate.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <tuple>

#include "shared/base/sha256.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr std::string_view kSafe = "._-=+,@:~()";
constexpr size_t kNameBytesMax = 200;
// A rest shorter than this is avoided: "." and ".." would be no names.
constexpr size_t kRestBytesMin = 10;
constexpr std::string_view kCreatedMark = "%created-";
// Uploads live where no bucket's name leads.
std::string uploads_bucket() { return "%uploads"; }
constexpr std::string_view kUploadBucket = "upload-bucket";
constexpr std::string_view kUploadStarted = "upload-started";
constexpr size_t kUploadIdBytes = 32;

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

// MD5 of bytes that come in pieces.
class Md5 {
 public:
  Md5() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    EVP_DigestInit_ex(context_.get(), EVP_md5(), nullptr);
  }
  void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  std::string finish() {
    std::array<uint8_t, EVP_MAX_MD_SIZE> digest{};
    unsigned int bytes = 0;
    EVP_DigestFinal_ex(context_.get(), digest.data(), &bytes);
    return hex(std::span(digest).first(bytes));
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

// What stands in place of an MD5 that nobody has asked for yet.
constexpr std::string_view kLateMark = "crc32-";

std::string late_mark(std::span<const std::string_view> parts) {
  uint32_t crc = libdeflate_crc32(0, nullptr, 0);
  for (std::string_view part : parts) crc = libdeflate_crc32(crc, part.data(), part.size());
  const std::array<uint8_t, 4> bytes = {static_cast<uint8_t>(crc >> 24),
                                        static_cast<uint8_t>(crc >> 16),
                                        static_cast<uint8_t>(crc >> 8), static_cast<uint8_t>(crc)};
  return std::string(kLateMark) + hex(bytes);
}

void append_unhexed(std::string& out, std::string_view digits) {
  for (size_t at = 0; at + 1 < digits.size(); at += 2) {
    out.push_back(static_cast<char>(hex_value(digits[at]) * 16 + hex_value(digits[at + 1])));
  }
}

// Ids come from outside and become names of folders.
bool is_upload_id(std::string_view id) {
  return id.size() == kUploadIdBytes &&
         std::all_of(id.begin(), id.end(), [](char c) { return is_digit(c) || is_lower(c); });
}

std::string head_key(const std::string& id) { return id + "/head.key"; }

std::string part_key(const std::string& id, uint32_t number) {
  std::string digits = std::to_string(number);
  digits.insert(0, digits.size() < 5 ? 5 - digits.size() : 0, '0');
  return id + "/" + digits + ".part";
}

template <typename Number>
Number number_or_zero(std::string_view digits) {
  Number value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
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
  Md5 md5;
  for (std::string_view part : parts) md5.add(part);
  return md5.finish();
}

std::string ObjectStore::meta_text(const MetaEntry& entry) {
  std::string text = "etag: ";
  text.append(entry.about.etag).append("\n");
  if (entry.md5 != entry.about.etag) text.append("md5: ").append(entry.md5).append("\n");
  for (const auto& [name, value] : entry.about.headers) {
    text.append(name).append(": ").append(value).append("\n");
  }
  return text;
}

// The entries of a meta file: the object's own, and after a crash amid an overwrite the one before.
std::vector<ObjectStore::MetaEntry> ObjectStore::read_meta(std::string_view text) {
  std::vector<MetaEntry> entries;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = line.substr(colon + 2);
    if (name == "etag") {
      MetaEntry& entry = entries.emplace_back();
      entry.about.etag = value;
      entry.md5 = value;
    } else if (!entries.empty() && name == "md5") {
      entries.back().md5 = value;
    } else if (!entries.empty()) {
      entries.back().about.headers.emplace_back(name, value);
    }
  }
  return entries;
}

ObjectStore::ObjectStore(Disk& disk, std::string data) : disk_(disk), data_(std::move(data)) {}

Error ObjectStore::open() {
  is_owner_ = true;
  for (const std::string& folder :
       {"/s3/" + uploads_bucket(), std::string("/s3-meta"), std::string("/s3-temp")}) {
    const Error error = disk_.make_folders(data_ + folder);
    if (error != Error::none) return error;
  }
  const auto left = disk_.list(data_ + "/s3-temp");
  if (!left) return left.error();
  for (const FolderEntry& entry : left.value()) {
    const Error error = disk_.remove(data_ + "/s3-temp/" + entry.name);
    if (error != Error::none) return error;
  }
  // Parts whose upload has ended, or never began.
  const auto started = disk_.list(bucket_path(uploads_bucket()));
  if (!started) return started.error();
  for (const FolderEntry& entry : started.value()) {
    if (upload(entry.name)) continue;
    const Error error = remove_upload(entry.name);
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

std::string ObjectStore::next_temporary() const {
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
    if (!entry.is_folder || entry.name == uploads_bucket()) continue;
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

Error ObjectStore::write_meta(const std::string& path, std::string_view text) const {
  const Error error = disk_.make_folders(folder_of(path));
  if (error != Error::none) return error;
  const std::array<std::string_view, 1> parts = {text};
  return write_atomically(disk_, next_temporary(), path, parts);
}

Error ObjectStore::remove_tree(const std::string& folder) {
  const auto entries = disk_.list(folder);
  if (!entries) return entries.error() == Error::not_found ? Error::none : entries.error();
  for (const FolderEntry& entry : entries.value()) {
    const std::string path = folder + "/" + entry.name;
    const Error error = entry.is_folder ? remove_tree(path) : disk_.remove(path);
    if (error != Error::none) return error;
  }
  const Error error = disk_.remove(folder);
  return error == Error::none ? disk_.sync_folder(folder_of(folder)) : error;
}

// The bucket's own folder goes last of what makes it a bucket: until then it is there, and empty.
Error ObjectStore::remove_bucket(const std::string& bucket) {
  const std::lock_guard lock(writing_);
  const auto left = keys(bucket, "");
  if (!left) return left.error();
  if (!left.value().empty()) return Error::already_exists;
  const auto begun = uploads(bucket);
  if (!begun) return begun.error();
  for (const UploadInfo& upload : begun.value()) {
    const Error error = remove_upload(upload.id);
    if (error != Error::none) return error;
  }
  Error error = remove_tree(data_ + "/s3-meta/" + bucket);
  if (error == Error::none) error = remove_tree(bucket_path(bucket));
  if (error != Error::none) return error;
  std::string mark = data_ + "/s3-meta/";
  error = disk_.remove(mark.append(kCreatedMark).append(bucket));
  return error == Error::not_found ? Error::none : error;
}

Error ObjectStore::check_condition(const std::string& bucket, const std::string& key,
                                   const PutCondition& condition) const {
  if (!condition.is_absent && condition.etag.empty()) return Error::none;
  const auto before = info_and_keep(bucket, key);
  if (!before && before.error() != Error::not_found) return before.error();
  if (condition.is_absent) return before ? Error::already_exists : Error::none;
  if (!before) return Error::not_found;
  const bool is_same = condition.etag == "*" || condition.etag == before.value().etag;
  return is_same ? Error::none : Error::already_exists;
}

// The meta goes first and the bytes are the point of no return. While an object is being replaced
// its meta holds both entries; info() then tells by the bytes which one is true.
Result<ObjectInfo> ObjectStore::publish(Draft draft, const std::string& temporary) {
  const std::string path = object_path(draft.bucket, draft.key);
  const std::string meta = meta_path(draft.bucket, draft.key);
  const std::string text = meta_text({draft.about, draft.md5});
  std::string before;
  if (disk_.info(path)) {
    const auto about = info_and_keep(draft.bucket, draft.key);
    if (!about) return about.error();
    const auto entry = disk_.read(meta);
    // A file that was laid there by hand has no meta yet.
    before = entry ? entry.value() : meta_text({about.value(), about.value().etag});
  }
  Error error = write_meta(meta, text + before);
  if (error == Error::none) error = disk_.make_folders(folder_of(path));
  if (error == Error::none) error = disk_.rename(temporary, path);
  if (error == Error::none) error = disk_.sync_folder(folder_of(path));
  if (error == Error::none && !before.empty()) error = write_meta(meta, text);
  if (error != Error::none) return error;
  const auto written = disk_.info(path);
  if (written) draft.about.modified_ms = written.value().modified_ms;
  return std::move(draft.about);
}

Result<ObjectInfo> ObjectStore::put_if(const std::string& bucket, const std::string& key,
                                       Parts parts, const ObjectHeaders& headers,
                                       const PutCondition& condition) {
  Draft draft{.bucket = bucket, .key = key, .about = {.headers = headers}, .md5 = md5_hex(parts)};
  draft.about.etag = draft.md5;
  const std::lock_guard lock(writing_);
  return put_draft(std::move(draft), parts, condition);
}

Result<ObjectInfo> ObjectStore::put_draft(Draft draft, Parts parts, const PutCondition& condition) {
  for (std::string_view part : parts) draft.about.bytes += part.size();
  if (!has_bucket(draft.bucket)) return Error::not_found;
  Error error = check_condition(draft.bucket, draft.key, condition);
  if (error != Error::none) return error;
  const std::string temporary = next_temporary();
  error = disk_.write_new(temporary, parts);
  if (error == Error::none) error = disk_.sync(temporary);
  auto written = error == Error::none ? publish(std::move(draft), temporary) : error;
  // What is left of the attempt takes space that the next one may need.
  if (!written) (void)disk_.remove(temporary);
  return written;
}

Result<ObjectInfo> ObjectStore::info(const std::string& bucket, const std::string& key) const {
  auto found = look(bucket, key);
  if (!found) return found.error();
  if (!found.value().md5.starts_with(kLateMark)) return std::move(found).value().about;
  if (!is_owner_) {
    auto settled = settle(bucket, key, std::move(found).value());
    if (!settled) return settled.error();
    return std::move(settled).value().about;
  }
  // Looked at anew: the object may have been replaced meanwhile.
  const std::lock_guard lock(writing_);
  return info_and_keep(bucket, key);
}

Result<ObjectInfo> ObjectStore::info_and_keep(const std::string& bucket,
                                              const std::string& key) const {
  auto found = look(bucket, key);
  if (found && found.value().md5.starts_with(kLateMark)) {
    found = settle(bucket, key, std::move(found).value());
    // It can be worked out again should this fail.
    if (found && !found.value().md5.starts_with(kLateMark)) {
      (void)write_meta(meta_path(bucket, key), meta_text(found.value()));
    }
  }
  if (!found) return found.error();
  return std::move(found).value().about;
}

Result<ObjectStore::MetaEntry> ObjectStore::settle(const std::string& bucket,
                                                   const std::string& key, MetaEntry entry) const {
  const auto bytes = disk_.read(object_path(bucket, key));
  if (!bytes) return bytes.error();
  const std::array<std::string_view, 1> parts = {bytes.value()};
  if (late_mark(parts) == entry.md5) entry.about.etag = entry.md5 = md5_hex(parts);
  return entry;
}

Result<ObjectStore::MetaEntry> ObjectStore::look(const std::string& bucket,
                                                 const std::string& key) const {
  const std::string path = object_path(bucket, key);
  const auto file = disk_.info(path);
  if (!file) return file.error();
  if (file.value().is_folder) return Error::not_found;
  const auto meta = disk_.read(meta_path(bucket, key));
  auto entries = meta ? read_meta(meta.value()) : std::vector<MetaEntry>();
  // A file that someone laid there by hand has no meta: its etag is that of its bytes.
  if (entries.size() != 1) {
    const auto bytes = disk_.read(path);
    if (!bytes) return bytes.error();
    const std::array<std::string_view, 1> parts = {bytes.value()};
    const std::string md5 = md5_hex(parts);
    const std::string late = late_mark(parts);
    const auto same = std::find_if(entries.begin(), entries.end(), [&](const MetaEntry& entry) {
      return entry.md5 == md5 || entry.md5 == late;
    });
    if (same != entries.end()) {
      entries = {*same};
    } else {
      entries.assign(1, {.about = {.etag = md5}, .md5 = md5});
    }
  }
  MetaEntry entry = std::move(entries.front());
  entry.about.bytes = file.value().bytes;
  entry.about.modified_ms = file.value().modified_ms;
  return entry;
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

Result<std::string> ObjectStore::begin_upload(const UploadInfo& upload) {
  if (!has_bucket(upload.bucket)) return Error::not_found;
  ObjectHeaders headers = upload.headers;
  headers.emplace_back(kUploadBucket, upload.bucket);
  headers.emplace_back(kUploadStarted, std::to_string(upload.started_ms));
  // Two uploads of one key in one millisecond differ in their number.
  for (uint64_t attempt = 0;; ++attempt) {
    const std::string salt = std::to_string(upload.started_ms) + " " + std::to_string(attempt);
    const std::array<std::string_view, 3> seed = {salt, upload.bucket, upload.key};
    const std::string id = md5_hex(seed);
    const std::string_view key = upload.key;
    const auto written =
        put_if(uploads_bucket(), head_key(id), std::span(&key, 1), headers, {.is_absent = true});
    if (written) return id;
    if (written.error() != Error::already_exists) return written.error();
  }
}

Result<UploadInfo> ObjectStore::upload(const std::string& id) const {
  if (!is_upload_id(id)) return Error::not_found;
  auto head = info(uploads_bucket(), head_key(id));
  if (!head) return head.error();
  auto key = read(uploads_bucket(), head_key(id), 0, head.value().bytes);
  if (!key) return key.error();
  UploadInfo found{
      .id = id, .bucket = {}, .key = std::move(key).value(), .started_ms = 0, .headers = {}};
  for (auto& [name, value] : head.value().headers) {
    if (name == kUploadBucket) {
      found.bucket = value;
    } else if (name == kUploadStarted) {
      found.started_ms = number_or_zero<int64_t>(value);
    } else {
      found.headers.emplace_back(std::move(name), std::move(value));
    }
  }
  return found;
}

Result<std::vector<UploadInfo>> ObjectStore::uploads(const std::string& bucket) const {
  const auto folders = disk_.list(bucket_path(uploads_bucket()));
  if (!folders) return folders.error();
  std::vector<UploadInfo> found;
  for (const FolderEntry& folder : folders.value()) {
    auto begun = upload(folder.name);
    if (begun && begun.value().bucket == bucket) found.push_back(std::move(begun).value());
  }
  std::sort(found.begin(), found.end(), [](const UploadInfo& a, const UploadInfo& b) {
    return std::tie(a.key, a.id) < std::tie(b.key, b.id);
  });
  return found;
}

Result<ObjectInfo> ObjectStore::put_part(const std::string& id, uint32_t number, Parts parts,
                                         const ObjectHeaders& headers) {
  const auto begun = upload(id);
  if (!begun) return begun.error();
  return put(uploads_bucket(), part_key(id, number), parts, headers);
}

Result<std::vector<PartInfo>> ObjectStore::parts(const std::string& id) const {
  const auto begun = upload(id);
  if (!begun) return begun.error();
  const auto files = disk_.list(bucket_path(uploads_bucket()) + "/" + id);
  if (!files) return files.error();
  std::vector<PartInfo> found;
  for (const FolderEntry& file : files.value()) {
    if (!file.name.ends_with(".part")) continue;
    auto about = info(uploads_bucket(), id + "/" + file.name);
    if (!about) return about.error();
    found.push_back({number_or_zero<uint32_t>(file.name), std::move(about).value()});
  }
  return found;
}

Result<std::string> ObjectStore::read_part(const std::string& id, uint32_t number) const {
  if (!is_upload_id(id)) return Error::not_found;
  return disk_.read(object_path(uploads_bucket(), part_key(id, number)));
}

// One part in memory at a time.
Error ObjectStore::join_parts(const std::string& id, std::span<const uint32_t> numbers,
                              const std::string& temporary, Draft& draft) const {
  Error error = disk_.write_new(temporary, {});
  Md5 whole;
  std::string digests;
  for (uint32_t number : numbers) {
    if (error != Error::none) return error;
    const auto bytes = read_part(id, number);
    if (!bytes) return bytes.error();
    const std::string_view part = bytes.value();
    whole.add(part);
    append_unhexed(digests, md5_hex(std::span(&part, 1)));
    draft.about.bytes += part.size();
    error = disk_.append(temporary, std::span(&part, 1));
  }
  const std::string_view all = digests;
  draft.about.etag = md5_hex(std::span(&all, 1)) + "-" + std::to_string(numbers.size());
  draft.md5 = whole.finish();
  return error == Error::none ? disk_.sync(temporary) : error;
}

Result<ObjectInfo> ObjectStore::finish_upload(const std::string& id,
                                              std::span<const uint32_t> numbers,
                                              const ObjectHeaders& headers,
                                              const PutCondition& condition) {
  const std::lock_guard lock(writing_);
  const auto begun = upload(id);
  if (!begun) return begun.error();
  const auto& [same_id, bucket, key, started_ms, old_headers] = begun.value();
  if (!has_bucket(bucket)) return Error::not_found;
  Error error = check_condition(bucket, key, condition);
  if (error != Error::none) return error;
  const std::string temporary = next_temporary();
  Draft draft{.bucket = bucket, .key = key, .about = {.headers = headers}, .md5 = {}};
  error = join_parts(id, numbers, temporary, draft);
  auto written = error == Error::none ? publish(std::move(draft), temporary) : error;
  if (!written) (void)disk_.remove(temporary);
  // The object is there: an upload that stays behind costs space, no more.
  if (written) (void)remove_upload(id);
  return written;
}

// The head goes first: without it there is no upload, whatever else is left.
Error ObjectStore::remove_upload(const std::string& id) {
  const std::string folder = bucket_path(uploads_bucket()) + "/" + id;
  Error error = disk_.remove(object_path(uploads_bucket(), head_key(id)));
  if (error == Error::none) error = disk_.sync_folder(folder);
  if (error != Error::none && error != Error::not_found) return error;
  error = remove_tree(folder);
  return error == Error::none ? remove_tree(data_ + "/s3-meta/" + uploads_bucket() + "/" + id)
                              : error;
}

Error ObjectStore::abort_upload(const std::string& id) {
  const std::lock_guard lock(writing_);
  const auto begun = upload(id);
  return begun ? remove_upload(id) : begun.error();
}

Error ObjectStore::put_delivered(const std::string& bucket, const std::string& key, Parts parts) {
  const std::string late = late_mark(parts);
  const ObjectHeaders headers = {{"content-type", "application/octet-stream"}};
  Draft draft{
      .bucket = bucket, .key = key, .about = {.etag = late, .headers = headers}, .md5 = late};
  const std::lock_guard lock(writing_);
  const auto written = put_draft(std::move(draft), parts, {});
  return written ? Error::none : written.error();
}

}  // namespace edgehose
