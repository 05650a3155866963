#include "simulator/load/arrivals/access_log.h"

#include <array>
#include <charconv>

#include "shared/base/calendar.h"
#include "shared/base/text.h"
#include "simulator/load/arrivals/mix.h"

namespace edgehose {
namespace {

constexpr uint64_t kStreamLog = 0x6c6f6721;

// Takes a line apart from the left; once something does not fit, ok stays false.
struct Cursor {
  std::string_view text;
  bool ok = true;

  void expect(char c) {
    if (text.empty() || text.front() != c) {
      ok = false;
      return;
    }
    text.remove_prefix(1);
  }

  // Up to `end`, which must come and is taken too.
  std::string_view until(char end) {
    const size_t at = text.find(end);
    if (at == std::string_view::npos) {
      ok = false;
      return {};
    }
    const std::string_view part = text.substr(0, at);
    text.remove_prefix(at + 1);
    return part;
  }

  std::string_view word() {
    const std::string_view part = until(' ');
    ok = ok && !part.empty();
    return part;
  }

  // A quoted field; a backslash takes the next character with it.
  std::string_view quoted(bool may_be_cut) {
    expect('"');
    size_t at = 0;
    while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
    const bool closed = at < text.size();
    if (!closed && !may_be_cut) ok = false;
    const std::string_view part = text.substr(0, at);
    text.remove_prefix(closed ? at + 1 : text.size());
    return part;
  }
};

std::optional<int64_t> number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || !is_digit(text.front())) return std::nullopt;  // no sign
  return value;
}

void append_hex_escape(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<uint8_t>(c);
  out += "\\x";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

// Undoes the escapes that stand for one printable meaning, and makes the rest valid UTF-8.
std::string clean_text(std::string_view field) {
  std::string out;
  out.reserve(field.size());
  while (!field.empty()) {
    if (field.size() >= 2 && field[0] == '\\' && (field[1] == '"' || field[1] == '\\')) {
      out += field[1];
      field.remove_prefix(2);
      continue;
    }
    const size_t length = utf8_sequence_bytes(field, 0);
    if (length == 0) append_hex_escape(out, field.front());
    out += field.substr(0, length);
    field.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

int month_of(std::string_view name) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (size_t i = 0; i < kMonths.size(); ++i) {
    if (kMonths[i] == name) return static_cast<int>(i) + 1;
  }
  return 0;
}

// `17/May/2015:10:05:03 +0000`, rewritten as ISO 8601 so that one reader checks every date.
std::optional<int64_t> parse_time(std::string_view text) {
  if (text.size() != 26 || text[2] != '/' || text[6] != '/' || text[11] != ':' || text[20] != ' ') {
    return std::nullopt;
  }
  const int month = month_of(text.substr(3, 3));
  if (month == 0) return std::nullopt;
  std::string iso(text.substr(7, 4));
  iso += month < 10 ? "-0" : "-1";
  iso += static_cast<char>('0' + month % 10);
  iso += '-';
  iso += text.substr(0, 2);
  iso += 'T';
  iso += text.substr(12, 8);
  iso += text.substr(21, 5);
  return parse_iso_ms(iso);
}

// `GET /path HTTP/1.1`; a target may hold blanks where the client sent them.
void split_request(std::string_view request, AccessLogLine& line) {
  const size_t first = request.find(' ');
  const size_t last = request.rfind(" HTTP/");
  if (first == std::string_view::npos || first == 0 || last == std::string_view::npos ||
      last <= first) {
    line.request = request.empty() ? "-" : clean_text(request);
    return;
  }
  line.method = clean_text(request.substr(0, first));
  line.target = clean_text(request.substr(first + 1, last - first - 1));
}

// Proxies log targets that name their host.
bool is_whole_url(std::string_view target) {
  return target.substr(0, 7) == "http://" || target.substr(0, 8) == "https://";
}

}  // namespace

std::optional<AccessLogLine> parse_access_log_line(std::string_view text) {
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  Cursor cursor{text};
  cursor.word();  // host
  cursor.word();  // ident
  cursor.word();  // user
  cursor.expect('[');
  const std::string_view time = cursor.until(']');
  cursor.expect(' ');
  const std::string_view request = cursor.quoted(false);
  cursor.expect(' ');
  const std::string_view status = cursor.word();
  const std::string_view bytes = cursor.word();
  const std::string_view referrer = cursor.quoted(false);
  cursor.expect(' ');
  const std::string_view user_agent = cursor.quoted(true);
  if (!cursor.ok) return std::nullopt;

  const std::optional<int64_t> time_ms = parse_time(time);
  const std::optional<int64_t> status_number = number(status);
  const std::optional<int64_t> bytes_number = number(bytes);
  if (!time_ms || !status_number || status.size() != 3) return std::nullopt;
  if (!bytes_number && bytes != "-") return std::nullopt;

  AccessLogLine line;
  line.time_ms = *time_ms;
  line.status = *status_number;
  line.bytes = bytes_number;
  if (referrer != "-") line.referrer = clean_text(referrer);
  line.user_agent = user_agent.empty() ? "-" : clean_text(user_agent);
  split_request(request, line);
  return line;
}

SentEvent event_of_log_line(const AccessLogLine& line, uint64_t line_number,
                            const ReplayOptions& options) {
  SentEvent event;
  event.event_id = uuid_v7(line.time_ms, draw(options.seed, kStreamLog, 2 * line_number),
                           draw(options.seed, kStreamLog, 2 * line_number + 1));
  event.content_type = "page_view";
  event.time_ms = line.time_ms;
  event.referrer_url = line.referrer;
  event.user_agent = line.user_agent;
  if (line.target.empty()) {
    event.properties.emplace_back("request", line.request);
  } else {
    const bool joins = line.target.front() == '/' || is_whole_url(line.target);
    event.page_url = is_whole_url(line.target) ? "" : options.site;
    if (!joins) event.page_url += '/';
    event.page_url += line.target;
    event.properties.emplace_back("method", line.method);
  }
  event.properties.emplace_back("status", line.status);
  if (line.bytes) event.properties.emplace_back("bytes", *line.bytes);
  return event;
}

}  // namespace edgehose
