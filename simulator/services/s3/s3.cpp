#include "simulator/services/s3/s3.h"

#include <algorithm>
#include <charconv>
#include <span>

#include "shared/base/base64.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

AwsError no_such_key() { return {"NoSuchKey", "The specified key does not exist.", 404}; }

bool read_whole(std::string_view digits, uint64_t& value) {
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return code == std::errc() && end == digits.data() + digits.size();
}

// The part of `key` up to and with the first delimiter after the prefix; empty when there is none.
std::string_view common_prefix(std::string_view key, const ListInput& input) {
  if (input.delimiter.empty()) return {};
  const size_t at = key.find(input.delimiter, input.prefix.size());
  return at == std::string_view::npos ? std::string_view()
                                      : key.substr(0, at + input.delimiter.size());
}

}  // namespace

AwsError no_such_bucket() { return {"NoSuchBucket", "The specified bucket does not exist", 404}; }

AwsError s3_error_of(Error error) {
  switch (error) {
    case Error::not_found:
      return no_such_key();
    case Error::out_of_space:
      return {"ServiceUnavailable", "The simulator's disk is full.", 503};
    case Error::too_large:
      return {"KeyTooLongError", "Your key is too long", 400};
    default:
      return {"InternalError", "The simulator's disk failed.", 500};
  }
}

AwsError put_error_of(Error error, const PutCondition& condition) {
  if (error == Error::already_exists) {
    return {"PreconditionFailed", "At least one of the pre-conditions you specified did not hold",
            412};
  }
  // Without a condition on an object, only the bucket can be missing.
  if (error == Error::not_found && condition.etag.empty()) return no_such_bucket();
  return s3_error_of(error);
}

std::optional<AwsError> check_key(std::string_view key) {
  if (key.size() > kObjectKeyBytesMax) {
    return AwsError{"KeyTooLongError", "Your key is too long", 400};
  }
  if (!is_utf8(key) || key.find('\0') != std::string_view::npos) {
    return AwsError{"InvalidArgument", "The key is not UTF-8 text without zero bytes.", 400};
  }
  return std::nullopt;
}

bool is_bucket_name(std::string_view name) {
  const auto is_edge = [](char c) { return is_lower(c) || is_digit(c); };
  if (name.size() < 3 || name.size() > 63 || !is_edge(name.front()) || !is_edge(name.back())) {
    return false;
  }
  return name.find("..") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_edge(c) || c == '.' || c == '-'; });
}

std::optional<ByteRange> read_byte_range(std::string_view header) {
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return std::nullopt;
  header.remove_prefix(kUnit.size());
  const size_t dash = header.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view first = header.substr(0, dash);
  const std::string_view last = header.substr(dash + 1);
  ByteRange range;
  uint64_t number = 0;
  if (first.empty()) {
    if (!read_whole(last, number)) return std::nullopt;
    range.suffix = number;
    return range;
  }
  if (!read_whole(first, range.first)) return std::nullopt;
  if (last.empty()) return range;
  if (!read_whole(last, number) || number < range.first) return std::nullopt;
  range.last = number;
  return range;
}

std::optional<std::pair<uint64_t, uint64_t>> resolve_range(const ByteRange& range, uint64_t bytes) {
  if (range.suffix) {
    if (*range.suffix == 0 || bytes == 0) return std::nullopt;
    const uint64_t length = std::min(*range.suffix, bytes);
    return std::pair{bytes - length, length};
  }
  if (range.first >= bytes) return std::nullopt;
  const uint64_t last = std::min(range.last.value_or(bytes - 1), bytes - 1);
  return std::pair{range.first, last - range.first + 1};
}

S3::S3(ObjectBackend& backend, std::string region)
    : backend_(backend), region_(std::move(region)) {}

Outcome<std::vector<BucketInfo>> S3::list_buckets() const {
  auto buckets = backend_.buckets();
  if (!buckets) return s3_error_of(buckets.error());
  return std::move(buckets).value();
}

std::optional<AwsError> S3::create_bucket(const std::string& bucket, const std::string& location,
                                          int64_t now_ms) {
  if (!is_bucket_name(bucket)) {
    return AwsError{"InvalidBucketName", "The specified bucket is not valid.", 400};
  }
  if (!location.empty() && location != region_) {
    return AwsError{"IllegalLocationConstraintException",
                    "The " + location +
                        " location constraint is incompatible for the region "
                        "specific endpoint this request was sent to.",
                    400};
  }
  const Error error = backend_.create_bucket(bucket, now_ms);
  if (error == Error::none) return std::nullopt;
  if (error != Error::already_exists) return s3_error_of(error);
  // Only in us-east-1 is making one's own bucket again no error.
  if (region_ == "us-east-1") return std::nullopt;
  return AwsError{
      "BucketAlreadyOwnedByYou",
      "Your previous request to create the named bucket succeeded and you already own it.", 409};
}

std::optional<AwsError> S3::head_bucket(const std::string& bucket) const {
  if (is_bucket_name(bucket) && backend_.has_bucket(bucket)) return std::nullopt;
  return no_such_bucket();
}

std::optional<AwsError> S3::delete_bucket(const std::string& bucket) {
  if (auto error = head_bucket(bucket)) return error;
  const Error error = backend_.remove_bucket(bucket);
  if (error == Error::none) return std::nullopt;
  if (error == Error::not_found) return no_such_bucket();
  if (error != Error::already_exists) return s3_error_of(error);
  return AwsError{"BucketNotEmpty", "The bucket you tried to delete is not empty", 409};
}

std::optional<AwsError> S3::check_object(const std::string& bucket, const std::string& key) const {
  if (auto error = check_key(key)) return error;
  return head_bucket(bucket);
}

Outcome<ObjectInfo> S3::put_object(const std::string& bucket, const std::string& key,
                                   std::string_view bytes, const ObjectHeaders& headers,
                                   const PutCondition& condition) {
  if (auto error = check_object(bucket, key)) return *error;
  auto info = backend_.put_if(bucket, key, std::span(&bytes, 1), headers, condition);
  if (!info) return put_error_of(info.error(), condition);
  return std::move(info).value();
}

Outcome<ObjectInfo> S3::head_object(const std::string& bucket, const std::string& key) const {
  if (auto error = check_object(bucket, key)) return *error;
  auto info = backend_.info(bucket, key);
  if (!info) return s3_error_of(info.error());
  return std::move(info).value();
}

// An object replaced between the look at it and the read of it is read again: what is given out is
// one object's. A writer that is faster than that for ever is none.
Outcome<ObjectContent> S3::get_object(const std::string& bucket, const std::string& key,
                                      const std::optional<ByteRange>& range) const {
  constexpr int kAttempts = 5;
  auto info = head_object(bucket, key);
  for (int attempt = 0; info && attempt < kAttempts; ++attempt) {
    ObjectContent content{info.value(), {}};
    uint64_t length = content.info.bytes;
    if (range) {
      const auto part = resolve_range(*range, content.info.bytes);
      if (!part) return AwsError{"InvalidRange", "The requested range is not satisfiable", 416};
      content.is_partial = true;
      content.offset = part->first;
      length = part->second;
    }
    auto bytes = backend_.read(bucket, key, content.offset, length);
    if (!bytes) return s3_error_of(bytes.error());
    content.bytes = std::move(bytes).value();
    info = head_object(bucket, key);
    if (info && info.value().etag == content.info.etag && content.bytes.size() == length) {
      return content;
    }
  }
  if (!info) return info.error();
  return AwsError{"OperationAborted",
                  "A conflicting conditional operation is currently in progress against this "
                  "resource. Try again.",
                  409};
}

std::optional<AwsError> S3::delete_object(const std::string& bucket, const std::string& key) {
  if (auto error = check_object(bucket, key)) return error;
  const Error error = backend_.remove(bucket, key);
  if (error == Error::none || error == Error::not_found) return std::nullopt;
  return s3_error_of(error);
}

std::vector<ListEntry> list_entries(const std::vector<std::string>& keys, const ListInput& input,
                                    std::string_view after, size_t count, bool& has_more) {
  std::vector<ListEntry> entries;
  has_more = false;
  for (const std::string& key : keys) {
    if (!key.starts_with(input.prefix)) continue;
    const std::string_view shared = common_prefix(key, input);
    const std::string_view name = shared.empty() ? std::string_view(key) : shared;
    if (!after.empty() && name <= after) continue;
    if (!shared.empty() && !entries.empty() && entries.back().name == shared) continue;
    if (entries.size() == count) {
      has_more = true;
      break;
    }
    entries.push_back({std::string(name), !shared.empty()});
  }
  return entries;
}

Outcome<ListPage> S3::list_objects(const std::string& bucket, const ListInput& input) const {
  if (auto error = head_bucket(bucket)) return *error;
  std::string after = input.start_after;
  if (input.continuation_token) {
    after.clear();
    if (!base64_decode(*input.continuation_token, after) || after.empty()) {
      return AwsError{"InvalidArgument", "The continuation token provided is incorrect", 400};
    }
  }
  const auto keys = backend_.keys(bucket, input.prefix);
  if (!keys) return s3_error_of(keys.error());
  bool has_more = false;
  const size_t count = std::min(input.max_keys, kListKeysMax);
  const auto entries = list_entries(keys.value(), input, after, count, has_more);
  ListPage page;
  for (const ListEntry& entry : entries) {
    if (entry.is_prefix) {
      page.common_prefixes.push_back(entry.name);
      continue;
    }
    // Deleted since the listing: then it is not in the list.
    auto info = backend_.info(bucket, entry.name);
    if (info) page.objects.push_back({entry.name, std::move(info).value()});
  }
  if (!entries.empty()) page.last_name = entries.back().name;
  if (has_more) base64_append(page.next_token, page.last_name);
  return page;
}

}  // namespace edgehose
