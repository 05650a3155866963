// Replay of a web server's access log in combined format: every line becomes one page_view.
//
//   host ident user [17/May/2015:10:05:03 +0000] "GET /x HTTP/1.1" 200 5 "referrer" "user agent"
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "simulator/load/arrivals/event.h"

namespace edgehose {

// The parts of one line, with the escapes \" and \\ undone; others (\xhh) stay as they are written.
struct AccessLogLine {
  int64_t time_ms = 0;
  std::string method;  // these three are empty where the request is no `METHOD target PROTOCOL`,
  std::string target;  // and then `request` holds it whole
  std::string request;
  int64_t status = 0;
  std::optional<int64_t> bytes;  // "-" stands for none
  std::string referrer;          // empty for "-"
  std::string user_agent;        // as written, also "-"
};

// Nothing when the line does not follow the format. A last field without its closing quote is
// taken to the end of the line: servers cut long lines there. Bytes that are not UTF-8 become the
// text \xhh that Apache writes for them.
[[nodiscard]] std::optional<AccessLogLine> parse_access_log_line(std::string_view line);

struct ReplayOptions {
  uint64_t seed = 1;
  std::string site = "https://www.example.com";  // put before targets that are no whole URL
};

// The event of line `number`. Its id depends on the seed, the number and the line's time alone.
[[nodiscard]] SentEvent event_of_log_line(const AccessLogLine& line, uint64_t number,
                                          const ReplayOptions& options);

}  // namespace edgehose
