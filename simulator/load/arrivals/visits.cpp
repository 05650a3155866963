#include "simulator/load/arrivals/visits.h"

#include <array>
#include <string_view>
#include <utility>

#include "simulator/load/arrivals/mix.h"

namespace edgehose {
namespace {

constexpr size_t kVisitsAtOnce = 64;
constexpr uint64_t kUsers = 5'000;
constexpr uint64_t kPages = 2'000;
constexpr uint64_t kStreamVisits = 0x76697369;
constexpr uint64_t kStreamUsers = 0x75736572;
constexpr uint64_t kStreamIds = 0x69647321;

struct Device {
  std::string_view user_agent;
  uint32_t screen_width;
  uint32_t screen_height;
};

// User agents as browsers of late 2026 send them (reduced, as Chrome and Safari do), one bot.
constexpr std::array<Device, 7> kDevices = {{
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/142.0.0.0 Safari/537.36",
     1920, 1080},
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
     "Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
     390, 844},
    {"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 "
     "Mobile Safari/537.36",
     412, 915},
    {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
     "Version/18.6 Safari/605.1.15",
     1512, 982},
    {"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", 2560,
     1440},
    {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 "
     "Safari/537.36",
     1366, 768},
    {"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", 0, 0},
}};

// Where visits come from: nowhere, search, social, a link.
constexpr std::array<std::string_view, 6> kEntries = {
    "",
    "https://www.google.com/",
    "https://search.yahoo.co.jp/search?p=edge+batching",
    "https://t.co/AbCdEf1234",
    "https://www.bing.com/search?q=firehose+quota",
    "https://news.ycombinator.com/item?id=1",
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kPlaces = {{
    {"ja-JP", "Asia/Tokyo"},
    {"en-US", "America/New_York"},
    {"de-DE", "Europe/Berlin"},
    {"pt-BR", "America/Sao_Paulo"},
    {"ja", "Asia/Tokyo"},
}};

constexpr std::array<std::string_view, 4> kTitles = {
    "A quiet cushion between page and stream",
    "\xe3\x82\xa4\xe3\x83\x99\xe3\x83\xb3\xe3\x83\x88\xe3\x82\x92\xe6\x9d\x9f\xe3\x81\xad\xe3\x82"
    "\x8b",  // "bundling events", in Japanese
    "What \"rounded up to 5 KB\" costs",
    "Partitions, one hour at a time",
};

constexpr std::array<std::string_view, 5> kElements = {"like", "follow", "share", "read_more",
                                                       "buy"};

std::string user_text(char prefix, uint64_t user) {
  std::string text(1, prefix);
  text += std::to_string(100'000 + user);
  return text;
}

std::string_view kind_name(int kind) {
  constexpr std::array<std::string_view, 3> kNames = {"page_view", "click", "purchase"};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace

Visits::Visits(VisitsOptions options) : options_(std::move(options)), visits_(kVisitsAtOnce) {}

uint64_t Visits::draw_from(uint64_t index) const {
  return draw(options_.seed, kStreamVisits, index);
}

SentEvent Visits::next(int64_t time_ms) {
  Visit& visit = visits_[below(random(), visits_.size())];
  const bool first = visit.steps_left == 0;
  if (first) begin(visit, time_ms);
  --visit.steps_left;
  const Kind kind = step(visit, first);

  SentEvent event;
  const uint64_t id = ++events_;
  event.event_id = uuid_v7(time_ms, draw(options_.seed, kStreamIds, 2 * id),
                           draw(options_.seed, kStreamIds, 2 * id + 1));
  event.content_type = kind_name(static_cast<int>(kind));
  if (!options_.content_types.empty()) {
    event.content_type = options_.content_types[below(random(), options_.content_types.size())];
  }
  event.time_ms = time_ms;
  if (kind == Kind::page_view && !first) visit.page = below(random(), kPages);
  describe_page(visit, kind, event);
  describe_user(visit, event);
  describe_properties(visit, kind, event);
  return event;
}

// Users, pages and entries are drawn once a visit; the session is new.
void Visits::begin(Visit& visit, int64_t time_ms) {
  visit.steps_left = 1 + static_cast<uint32_t>(below(random(), 12));
  // The square of a uniform number: few users come often, most seldom.
  visit.user = below(random(), 1 + below(random(), kUsers));
  visit.page = below(random(), kPages);
  visit.session_id = uuid_v7(time_ms, random(), random());
  visit.last_page_url.clear();
  visit.entry_url = kEntries[below(random(), kEntries.size())];
}

// A visit opens with a page, goes on in pages and clicks, and one in ten ends in a purchase.
Visits::Kind Visits::step(const Visit& visit, bool first) {
  if (first) return Kind::page_view;
  const uint64_t percent = below(random(), 100);
  if (visit.steps_left == 0 && percent < 10) return Kind::purchase;
  return percent < 60 ? Kind::page_view : Kind::click;
}

void Visits::describe_page(Visit& visit, Kind kind, SentEvent& event) const {
  event.page_url = options_.site + "/n/n" + std::to_string(visit.page);
  if (options_.detail == EventDetail::lean) return;
  event.page_title = kTitles[visit.page % kTitles.size()];
  if (kind != Kind::page_view) return;
  event.referrer_url = visit.last_page_url.empty() ? visit.entry_url : visit.last_page_url;
  visit.last_page_url = event.page_url;
}

// What a browser tells of its user does not change between visits: it hangs on the user alone.
void Visits::describe_user(const Visit& visit, SentEvent& event) const {
  const uint64_t bits = draw(options_.seed, kStreamUsers, visit.user);
  const Device& device = kDevices[below(bits, kDevices.size())];
  event.user_agent = device.user_agent;
  event.anonymous_id = user_text('a', visit.user);
  if (options_.detail == EventDetail::lean) return;
  if (bits % 4 == 0) event.user_id = user_text('u', visit.user);  // one in four has signed in
  event.session_id = visit.session_id;
  const auto& [language, timezone] = kPlaces[bits % kPlaces.size()];
  event.language = language;
  event.timezone = timezone;
  event.screen_width = device.screen_width;
  event.screen_height = device.screen_height;
}

void Visits::describe_properties(const Visit& visit, Kind kind, SentEvent& event) {
  auto add = [&](std::string_view name, SentEvent::Value value) {
    event.properties.emplace_back(std::string(name), std::move(value));
  };
  if (options_.pad > 0) add("pad", std::string(options_.pad, 'x'));
  if (options_.detail == EventDetail::lean) return;
  switch (kind) {
    case Kind::page_view:
      add("scroll_percent", static_cast<int64_t>(below(random(), 101)));
      break;
    case Kind::click:
      add("element", std::string(kElements[below(random(), kElements.size())]));
      break;
    case Kind::purchase:
      add("item_id", "n" + std::to_string(visit.page));
      add("price", static_cast<int64_t>(100 + below(random(), 9'900)));
      add("currency", std::string("JPY"));
      break;
  }
}

}  // namespace edgehose
