#include "simulator/shaping/shape_request.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "shared/base/base64.h"
#include "shared/base/calendar.h"
#include "shared/base/text.h"
#include "simulator/shaping/request_text.h"

namespace edgehose {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 8> kMembers = {
    "method", "path", "query", "headers", "client_ip", "received_ms", "body", "body_base64"};

// Takes members one by one and keeps the first problem.
class MemberReader {
 public:
  explicit MemberReader(const json& object) : object_(object) {}

  const std::string& problem() const { return problem_; }
  void fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
  }

  void text(const char* name, std::string& value) {
    const auto found = object_.find(name);
    if (found == object_.end() || found->is_null()) return;
    if (!found->is_string()) return fail(std::string("/") + name + ": expected a string");
    value = found->get<std::string>();
  }
  // The nearest instant that the collector knows: one beyond the years 0 to 9999 is a mistake of
  // the sender's, and no reason to count past the end.
  void instant(const char* name, int64_t& value) {
    const auto found = object_.find(name);
    if (found == object_.end() || found->is_null()) return;
    if (!found->is_number_integer()) return fail(std::string("/") + name + ": expected an integer");
    const bool is_above = found->is_number_unsigned() &&
                          found->get<uint64_t>() > static_cast<uint64_t>(kInstantMsMax);
    value =
        is_above ? kInstantMsMax : std::clamp(found->get<int64_t>(), kInstantMsMin, kInstantMsMax);
  }

 private:
  const json& object_;
  std::string problem_;
};

void refuse_unknown_members(const json& object, MemberReader& members) {
  for (const auto& [name, value] : object.items()) {
    if (std::find(kMembers.begin(), kMembers.end(), name) != kMembers.end()) continue;
    std::string problem = "/" + name + ": unknown member; a request has ";
    for (std::string_view known : kMembers) {
      if (known != kMembers.front()) problem += known == kMembers.back() ? " or " : ", ";
      problem += known;
    }
    return members.fail(std::move(problem));
  }
}

// A header's value in one line, as a host hands it over.
void append_header(std::string& headers, const std::string& name, const std::string& value,
                   MemberReader& members) {
  if (name.find_first_of(":\r\n") != std::string::npos ||
      value.find_first_of("\r\n") != std::string::npos) {
    return members.fail("/headers/" + name + ": a header is one line, and its name has no colon");
  }
  for (char c : name) headers.push_back(to_lower(c));
  headers += ": " + value + "\n";
}

void read_headers(const json& object, std::string& headers, MemberReader& members) {
  const auto found = object.find("headers");
  if (found == object.end() || found->is_null()) return;
  if (!found->is_object()) return members.fail("/headers: expected an object of strings");
  for (const auto& [name, value] : found->items()) {
    if (!value.is_string()) return members.fail("/headers/" + name + ": expected a string");
    append_header(headers, name, value.get<std::string>(), members);
  }
}

bool says_gzip(std::string_view headers) {
  const size_t at = headers.find("content-encoding: ");
  if (at == std::string_view::npos || (at > 0 && headers[at - 1] != '\n')) return false;
  const std::string_view value = headers.substr(at + 18, headers.find('\n', at) - at - 18);
  return equals_ignoring_case(trim(value), "gzip") || equals_ignoring_case(trim(value), "x-gzip");
}

// Nothing when `bytes` is not gzip. Stops one byte past the bound: then the collector refuses it.
std::optional<std::string> gunzip(const std::string& bytes, size_t bytes_max) {
  z_stream stream{};
  constexpr int kGzipOnly = 16 + MAX_WBITS;
  if (inflateInit2(&stream, kGzipOnly) != Z_OK) return std::nullopt;
  std::string text(bytes_max + 1, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  const int result = inflate(&stream, Z_FINISH);
  text.resize(text.size() - stream.avail_out);
  inflateEnd(&stream);
  const bool is_full = result == Z_BUF_ERROR && text.size() > bytes_max;
  if (result != Z_STREAM_END && !is_full) return std::nullopt;
  return text;
}

void read_body(const json& object, size_t body_bytes_max, ShapeRequest& request,
               MemberReader& members) {
  members.text("body", request.body);
  if (object.contains("body_base64")) {
    if (object.contains("body")) return members.fail("/body_base64: there is a body already");
    std::string encoded;
    members.text("body_base64", encoded);
    request.body.clear();
    if (!base64_decode(encoded, request.body)) return members.fail("/body_base64: not base64");
  }
  if (!says_gzip(request.headers)) return;
  auto plain = gunzip(request.body, body_bytes_max);
  if (!plain) return members.fail("/body: content-encoding says gzip, and it is not");
  request.body = std::move(*plain);
}

}  // namespace

Request ShapeRequest::view() const {
  Request request;
  request.received_ms = received_ms;
  request.method = method;
  request.path = path;
  request.query = query;
  request.client_ip = client_ip;
  request.headers = headers;
  request.body = body;
  return request;
}

std::variant<ShapeRequest, std::string> read_shape_request(std::string_view line,
                                                           size_t body_bytes_max,
                                                           int64_t received_ms) {
  if (std::string problem = request_text_problem(line); !problem.empty()) return problem;
  const json object = json::parse(line, nullptr, false);
  if (!object.is_object()) return std::string("expected one JSON object: a request");
  ShapeRequest request;
  request.received_ms = received_ms;
  MemberReader members(object);
  refuse_unknown_members(object, members);
  members.text("method", request.method);
  members.text("path", request.path);
  members.text("query", request.query);
  members.text("client_ip", request.client_ip);
  members.instant("received_ms", request.received_ms);
  read_headers(object, request.headers, members);
  read_body(object, body_bytes_max, request, members);
  if (!members.problem().empty()) return members.problem();
  return request;
}

}  // namespace edgehose
