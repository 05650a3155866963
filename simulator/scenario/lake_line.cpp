#include "simulator/scenario/lake_line.h"

#include "shared/base/base64.h"
#include "shared/base/json_scan.h"
#include "simulator/scenario/ledger.h"

namespace edgehose {
namespace {

constexpr size_t kIdBytesMax = 256;

// The members looked for, raw; empty where the line has none.
struct RawMembers {
  std::string_view event_id;
  std::string_view reason;
  std::string_view raw;
  std::string_view body;
};

std::optional<RawMembers> scan_members(std::string_view line) {
  constexpr uint32_t kDepthMax = 256;
  JsonScanner scanner(line, kDepthMax);
  RawMembers members;
  if (!scanner.enter_object()) return std::nullopt;
  std::string_view key;
  while (scanner.next_member(key)) {
    const std::string_view value = scanner.take_value();
    if (key == R"("event_id")") members.event_id = value;
    if (key == R"("reason")") members.reason = value;
    if (key == R"("raw")") members.raw = value;
    if (key == R"("body")") members.body = value;
  }
  if (!scanner.ok() || scanner.peek() != '\0') return std::nullopt;
  return members;
}

std::string text_of(std::string_view raw_value) {
  std::string text;
  if (json_kind(raw_value) == JsonKind::string) json_append_decoded(text, raw_value);
  return text;
}

// The id inside a failed event's raw text, which is as the sender sent it: maybe not JSON at all.
std::string failed_event_id(std::string_view raw_base64) {
  std::string raw;
  if (!base64_decode(text_of(raw_base64), raw)) return "";
  if (const std::optional<RawMembers> members = scan_members(raw)) {
    return text_of(members->event_id);
  }
  const std::vector<std::string> ids = event_ids_in(raw);
  return ids.empty() ? "" : ids.front();
}

}  // namespace

std::optional<LakeLine> read_lake_line(std::string_view line) {
  const std::optional<RawMembers> members = scan_members(line);
  if (!members) return std::nullopt;
  LakeLine found;
  found.event_id = text_of(members->event_id);
  if (!found.event_id.empty()) {
    const Result<uint64_t> digest = event_digest(line);
    if (!digest) return std::nullopt;
    found.digest = digest.value();
    return found;
  }
  if (members->reason.empty()) return std::nullopt;
  found.kind = LakeLine::Kind::failed;
  found.event_id = failed_event_id(members->raw);
  return found;
}

std::optional<std::string> read_error_record(std::string_view line) {
  constexpr uint32_t kDepthMax = 8;
  JsonScanner scanner(line, kDepthMax);
  std::string_view code;
  std::string_view data;
  if (!scanner.enter_object()) return std::nullopt;
  std::string_view key;
  while (scanner.next_member(key)) {
    const std::string_view value = scanner.take_value();
    if (key == R"("errorCode")") code = value;
    if (key == R"("rawData")") data = value;
  }
  std::string raw;
  const bool is_whole = scanner.ok() && !code.empty() && json_kind(data) == JsonKind::string;
  if (!is_whole || !base64_decode(text_of(data), raw)) return std::nullopt;
  return raw;
}

std::vector<std::string> event_ids_in(std::string_view text, size_t most) {
  constexpr std::string_view kName = R"("event_id":)";
  std::vector<std::string> ids;
  size_t at = 0;
  while (ids.size() < most && (at = text.find(kName, at)) != std::string_view::npos) {
    at += kName.size();
    while (at < text.size() && text[at] == ' ') ++at;
    if (at >= text.size() || text[at] != '"') continue;
    const size_t end = text.find('"', at + 1);
    if (end == std::string_view::npos) break;
    if (end - at - 1 <= kIdBytesMax) ids.emplace_back(text.substr(at + 1, end - at - 1));
    at = end;
  }
  return ids;
}

std::vector<std::string> raw_event_ids(std::string_view line) {
  const std::optional<RawMembers> members = scan_members(line);
  if (!members) return {};
  const std::string event_id = text_of(members->event_id);
  if (!event_id.empty()) return {event_id};
  return event_ids_in(members->body.empty() ? std::string(line) : text_of(members->body), SIZE_MAX);
}

}  // namespace edgehose
