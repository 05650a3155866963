#include "shared/event/failed_event.h"

#include "shared/base/base64.h"
#include "shared/base/calendar.h"
#include "shared/base/sha256.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

// `text` with bytes that are not UTF-8 shown as U+FFFD: a line is always valid JSON.
void append_shown(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  std::string clean;
  for (size_t at = 0; at < text.size();) {
    const size_t bytes = utf8_sequence_bytes(text, at);
    if (bytes == 0) {
      append_utf8(clean, 0xfffd);
      ++at;
    } else {
      clean.append(text, at, bytes);
      at += bytes;
    }
  }
  out += ",\"";
  out += name;
  out += "\":";
  json_append_string(out, clean);
}

}  // namespace

void append_failed_line(std::string& out, const Rejected& rejected, std::string_view original,
                        std::optional<std::string_view> kept, int64_t received_ms,
                        const Limits& limits) {
  out += "{\"reason\":\"";
  out += rejected.reason;
  out += "\"";
  // The pointer "" is the whole event: a place like any other, so it is always there.
  out += ",\"pointer\":";
  json_append_string(out, rejected.pointer);
  append_shown(out, "keyword", rejected.keyword);
  append_shown(out, "expected", rejected.expected);
  append_shown(out, "actual", rejected.actual);
  append_shown(out, "content_type", rejected.content_type);
  out += ",\"received_time\":\"";
  append_iso_ms(out, received_ms);
  out += "\"";
  if (kept) {
    out += ",\"raw\":\"";
    base64_append(out, kept->substr(0, limits.raw_bytes_max));
    out += "\"";
  }
  out += ",\"raw_bytes\":";
  append_number(out, static_cast<int64_t>(original.size()));
  out += ",\"raw_sha256\":\"";
  out += hex(sha256(original));
  out += "\"}";
}

}  // namespace edgehose
