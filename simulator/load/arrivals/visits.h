// Synthesised traffic: users who come, read a few pages, click, sometimes buy, and leave.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/load/arrivals/event.h"

namespace edgehose {

enum class EventDetail : uint8_t {
  full,  // everything a browser would tell
  lean,  // identity, page and user agent: a delivered line stays below 500 bytes
};

struct VisitsOptions {
  uint64_t seed = 1;
  std::string site = "https://www.example.com";
  std::vector<std::string> content_types = {};  // empty: page_view, click and purchase as they come
  uint32_t pad = 0;                             // bytes of a property `pad`, 0 for none
  EventDetail detail = EventDetail::full;
};

// Interleaves a fixed number of visits. The n-th event is a function of the options and of the
// times asked for, nothing else. Memory does not grow with the events made.
class Visits {
 public:
  explicit Visits(VisitsOptions options);

  // The next event, happening at `time_ms` (not before 1970).
  [[nodiscard]] SentEvent next(int64_t time_ms);

 private:
  enum class Kind : uint8_t { page_view, click, purchase };

  struct Visit {
    uint32_t steps_left = 0;
    uint64_t user = 0;
    uint64_t page = 0;
    std::string session_id;
    std::string last_page_url;
    std::string entry_url;  // the referrer of the first page; empty for a direct visit
  };

  uint64_t random() { return draw_from(++draws_); }
  uint64_t draw_from(uint64_t index) const;
  void begin(Visit& visit, int64_t time_ms);
  Kind step(const Visit& visit, bool first);
  void describe_user(const Visit& visit, SentEvent& event) const;
  void describe_page(Visit& visit, Kind kind, SentEvent& event) const;
  void describe_properties(const Visit& visit, Kind kind, SentEvent& event);

  VisitsOptions options_;
  std::vector<Visit> visits_;
  uint64_t draws_ = 0;
  uint64_t events_ = 0;
};

}  // namespace edgehose
