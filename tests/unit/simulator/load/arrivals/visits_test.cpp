#include "simulator/load/arrivals/visits.h"

#include <catch2/catch.hpp>
#include <map>
#include <set>

namespace edgehose {
namespace {

constexpr int64_t kBeginMs = 1'795'352'400'000;

std::string all_text(const VisitsOptions& options, int count) {
  Visits visits(options);
  std::string text;
  for (int i = 0; i < count; ++i) {
    append_event_json(text, visits.next(kBeginMs + i), TimeMember::time);
  }
  return text;
}

}  // namespace

TEST_CASE("visits: the same seed makes the same events, another seed others") {
  CHECK(all_text({.seed = 4}, 500) == all_text({.seed = 4}, 500));
  CHECK(all_text({.seed = 4}, 500) != all_text({.seed = 5}, 500));
}

TEST_CASE("visits: ids never repeat, also at one instant") {
  Visits visits({.seed = 1});
  std::set<std::string> ids;
  for (int i = 0; i < 50'000; ++i) ids.insert(visits.next(kBeginMs).event_id);
  CHECK(ids.size() == 50'000);
}

TEST_CASE("visits: pages, clicks and purchases come, in that order of number") {
  Visits visits({.seed = 2});
  std::map<std::string, int> kinds;
  std::set<std::string> sessions;
  for (int i = 0; i < 10'000; ++i) {
    const SentEvent event = visits.next(kBeginMs + i);
    ++kinds[event.content_type];
    sessions.insert(event.session_id);
    REQUIRE_FALSE(event.user_agent.empty());
    REQUIRE(event.page_url.rfind("https://www.example.com/", 0) == 0);
  }
  CHECK(kinds.size() == 3);
  CHECK(kinds["page_view"] > kinds["click"]);
  CHECK(kinds["click"] > kinds["purchase"]);
  CHECK(kinds["purchase"] > 0);
  CHECK(sessions.size() > 500);
}

TEST_CASE("visits: a page inside a visit refers to the page before it") {
  Visits visits({.seed = 3});
  std::map<std::string, std::string> last_page;  // by session
  int followed = 0;
  for (int i = 0; i < 5'000; ++i) {
    const SentEvent event = visits.next(kBeginMs + i);
    if (event.content_type != "page_view") continue;
    const auto before = last_page.find(event.session_id);
    if (before != last_page.end()) {
      REQUIRE(event.referrer_url == before->second);
      ++followed;
    }
    last_page[event.session_id] = event.page_url;
  }
  CHECK(followed > 500);
}

TEST_CASE("visits: content types, padding and lean events are as asked") {
  Visits only({.seed = 1, .content_types = {"signup", "like"}, .pad = 100});
  std::set<std::string> kinds;
  for (int i = 0; i < 100; ++i) {
    const SentEvent event = only.next(kBeginMs);
    kinds.insert(event.content_type);
    REQUIRE(std::get<std::string>(event.properties.at(0).second).size() == 100);
  }
  CHECK(kinds == std::set<std::string>{"signup", "like"});

  Visits lean({.seed = 1, .detail = EventDetail::lean});
  for (int i = 0; i < 1'000; ++i) {
    std::string text;
    append_event_json(text, lean.next(kBeginMs), TimeMember::event_time);
    REQUIRE(text.size() < 360);  // which leaves 140 for what the collector adds
  }
}

}  // namespace edgehose
