#include "simulator/load/arrivals/event.h"

#include <array>
#include <span>
#include <string_view>

#include "shared/base/calendar.h"
#include "shared/base/json_scan.h"
#include "shared/base/sha256.h"

namespace edgehose {
namespace {

// The comma belongs to every member but the first of its object.
void append_name(std::string& out, std::string_view name) {
  if (out.back() != '{') out += ',';
  json_append_string(out, name);
  out += ':';
}

void append_text(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  append_name(out, name);
  json_append_string(out, value);
}

void append_number(std::string& out, std::string_view name, int64_t value) {
  append_name(out, name);
  out += std::to_string(value);
}

void append_properties(std::string& out, const SentEvent& event) {
  if (event.properties.empty()) return;
  append_name(out, "properties");
  out += '{';
  for (const auto& [name, value] : event.properties) {
    if (const auto* number = std::get_if<int64_t>(&value)) {
      append_number(out, name, *number);
    } else {
      append_name(out, name);
      json_append_string(out, *std::get_if<std::string>(&value));
    }
  }
  out += '}';
}

}  // namespace

void append_event_json(std::string& out, const SentEvent& event, TimeMember time_member) {
  out += '{';
  append_text(out, "event_id", event.event_id);
  append_text(out, "content_type", event.content_type);
  append_text(out, time_member == TimeMember::time ? "time" : "event_time", iso_ms(event.time_ms));
  append_text(out, "user_id", event.user_id);
  append_text(out, "anonymous_id", event.anonymous_id);
  append_text(out, "session_id", event.session_id);
  append_text(out, "page_url", event.page_url);
  append_text(out, "page_title", event.page_title);
  append_text(out, "language", event.language);
  append_text(out, "timezone", event.timezone);
  if (event.screen_width > 0) append_number(out, "screen_width", event.screen_width);
  if (event.screen_height > 0) append_number(out, "screen_height", event.screen_height);
  append_text(out, "referrer_url", event.referrer_url);
  append_text(out, "user_agent", event.user_agent);
  append_properties(out, event);
  out += '}';
}

std::string uuid_v7(int64_t unix_ms, uint64_t bits_a, uint64_t bits_b) {
  const auto ms = static_cast<uint64_t>(unix_ms) & 0xffff'ffff'ffffULL;
  const uint64_t high = (ms << 16) | 0x7000ULL | (bits_a & 0x0fffULL);
  const uint64_t low = (bits_b & 0x3fff'ffff'ffff'ffffULL) | 0x8000'0000'0000'0000ULL;
  std::array<uint8_t, 16> bytes{};
  for (size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<uint8_t>(high >> (56 - 8 * i));
    bytes[i + 8] = static_cast<uint8_t>(low >> (56 - 8 * i));
  }
  std::string text = hex(std::span<const uint8_t>(bytes));
  for (const size_t dash : {20U, 16U, 12U, 8U}) text.insert(dash, 1, '-');
  return text;
}

}  // namespace edgehose
