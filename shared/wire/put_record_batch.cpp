#include "shared/wire/put_record_batch.h"

#include "shared/base/base64.h"
#include "shared/base/json_scan.h"

namespace edgehose {
namespace {

// What Firehose's bodies need; they are flat.
constexpr uint32_t kDepthMax = 16;

// Nothing but blanks is left.
bool is_at_end(JsonScanner& in, std::string_view text) {
  return in.peek() == '\0' && in.at() == text.size();
}

// Gives each member of an object, key and value raw.
template <typename OnMember>
bool for_each_member(std::string_view raw_object, const OnMember& on_member) {
  JsonScanner in(raw_object, kDepthMax);
  if (!in.enter_object()) return false;
  for (std::string_view key; in.next_member(key);) {
    const std::string_view value = in.take_value();
    if (!in.ok() || !on_member(key, value)) return false;
  }
  return in.ok();
}

std::string decoded(std::string_view raw_string) {
  std::string text;
  json_append_decoded(text, raw_string);
  return text;
}

// The text of a JSON string; base64 holds no escape but where a serialiser escapes every `/`.
std::string_view base64_text(std::string_view raw_string, bool is_escaped, PutRequest& request) {
  if (!is_escaped) return raw_string.substr(1, raw_string.size() - 2);
  return request.unescaped.emplace_back(decoded(raw_string));
}

// Steps over one record `{"Data":"..."}` in place, so that its megabyte is walked once.
bool read_record(JsonScanner& in, PutRequest& request) {
  std::optional<std::string_view> data;
  if (!in.enter_object()) return false;
  for (std::string_view key; in.next_member(key);) {
    const std::string_view value = in.take_long_value();
    if (!in.ok()) return false;
    if (key != "\"Data\"") continue;
    if (json_kind(value) != JsonKind::string) return false;
    data = base64_text(value, in.taken_escaped(), request);
  }
  request.records->push_back(data);
  return in.ok();
}

bool read_records(JsonScanner& in, PutRequest& request) {
  request.records.emplace();
  if (!in.enter_array()) return false;
  while (in.next_element()) {
    if (!read_record(in, request)) return false;
  }
  return in.ok();
}

bool read_single(JsonScanner& in, PutRequest& request) {
  request.records.emplace();
  return read_record(in, request);
}

bool read_member(JsonScanner& in, std::string_view key, PutRequest& request) {
  if (key == "\"Records\"") return read_records(in, request);
  if (key == "\"Record\"") return read_single(in, request);
  const std::string_view value = in.take_value();
  if (!in.ok() || key != "\"DeliveryStreamName\"") return in.ok();
  if (json_kind(value) != JsonKind::string) return false;
  request.stream = decoded(value);
  return true;
}

bool read_row(JsonScanner& in, std::string& error) {
  const std::string_view row = in.take_value();
  if (!in.ok() || json_kind(row) != JsonKind::object) return false;
  bool has_id = false;
  const bool read = for_each_member(row, [&](std::string_view key, std::string_view value) {
    const bool is_text = json_kind(value) == JsonKind::string;
    if (key == "\"ErrorCode\"" && is_text) error = decoded(value);
    if (key == "\"RecordId\"" && is_text) has_id = true;
    return true;
  });
  // A row that says neither is no word of acceptance.
  return read && (has_id || !error.empty());
}

}  // namespace

void append_put_record_batch(std::string& out, std::string_view stream,
                             const std::vector<std::string_view>& records) {
  size_t bytes = 64 + stream.size();
  for (std::string_view record : records) bytes += base64_bytes(record.size()) + 12;
  out.reserve(out.size() + bytes);
  out += "{\"DeliveryStreamName\":";
  json_append_string(out, stream);
  out += ",\"Records\":[";
  bool first = true;
  for (std::string_view record : records) {
    out += first ? "{\"Data\":\"" : ",{\"Data\":\"";
    base64_append(out, record);
    out += "\"}";
    first = false;
  }
  out += "]}";
}

Result<BatchAnswer> read_batch_answer(std::string_view body) {
  JsonScanner in(body, kDepthMax);
  BatchAnswer answer;
  bool has_rows = false;
  if (!in.enter_object()) return Error::malformed;
  for (std::string_view key; in.next_member(key);) {
    if (key != "\"RequestResponses\"") {
      (void)in.take_value();
      continue;
    }
    has_rows = true;
    if (!in.enter_array()) return Error::malformed;
    while (in.next_element()) {
      std::string error;
      if (!read_row(in, error)) return Error::malformed;
      answer.row_errors.push_back(std::move(error));
    }
  }
  if (!in.ok() || !has_rows || !is_at_end(in, body)) return Error::malformed;
  return answer;
}

std::string read_error_type(std::string_view body) {
  std::string type;
  const bool read = for_each_member(body, [&](std::string_view key, std::string_view value) {
    if (key == "\"__type\"" && json_kind(value) == JsonKind::string) type = decoded(value);
    return true;
  });
  if (!read) return {};
  const size_t hash = type.rfind('#');
  return hash == std::string::npos ? type : type.substr(hash + 1);
}

Result<PutRequest> read_put_request(std::string_view body) {
  JsonScanner in(body, kDepthMax);
  PutRequest request;
  if (!in.enter_object()) return Error::malformed;
  for (std::string_view key; in.next_member(key);) {
    if (!read_member(in, key, request)) return Error::malformed;
  }
  if (!in.ok() || !is_at_end(in, body)) return Error::malformed;
  return request;
}

}  // namespace edgehose
