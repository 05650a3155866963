#include "simulator/load/event_source.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "tests/unit/simulator/load/gzip_text.h"
#include "tests/unit/simulator/load/temporary_folder.h"

namespace edgehose {
namespace {

std::string log_line(int second) {
  return "h - - [17/May/2015:10:05:" + std::string(second < 10 ? "0" : "") +
         std::to_string(second) + " +0000] \"GET /" + std::to_string(second) +
         " HTTP/1.1\" 200 5 \"-\" \"ua\"\n";
}

}  // namespace

TEST_CASE("replay: gives an event for every line that parses and names the others") {
  const TemporaryFolder folder;
  write_file(folder.file("log.gz"),
             gzip_text(log_line(1) + "garbage\n" + log_line(2) + "\n" + log_line(3)));
  auto replay = open_replay(folder.file("log.gz"), {.seed = 1});
  REQUIRE(replay);
  EventSource& source = *replay.value().source;
  CHECK(source.count() == 3);
  CHECK(replay.value().skipped.count == 2);
  CHECK(replay.value().skipped.first_numbers == std::vector<uint64_t>{2, 4});
  std::vector<std::string> urls;
  while (const auto event = source.next(0)) urls.push_back(event->page_url);
  CHECK(urls == std::vector<std::string>{"https://www.example.com/1", "https://www.example.com/2",
                                         "https://www.example.com/3"});
}

TEST_CASE("replay: absent and damaged files are errors") {
  const TemporaryFolder folder;
  CHECK(open_replay(folder.file("none"), {}).error() == Error::not_found);
  const std::string bytes = gzip_text(log_line(1) + log_line(2));
  write_file(folder.file("cut.gz"), bytes.substr(0, bytes.size() - 12));
  CHECK(open_replay(folder.file("cut.gz"), {}).error() == Error::malformed);
}

TEST_CASE("replay: every line of the real log becomes an event with an id of its own") {
  const std::string path = std::string(EDGEHOSE_SOURCE_DIR) + "/../shared/data/access.log.gz";
  if (!std::filesystem::exists(path)) {
    WARN("skipped: the real access log is not on this machine");
    return;
  }
  auto replay = open_replay(path, {.seed = 1});
  REQUIRE(replay);
  CHECK(replay.value().skipped.count == 0);
  CHECK(replay.value().source->count() == 10'000);
  std::set<std::string> ids;
  while (const auto event = replay.value().source->next(0)) ids.insert(event->event_id);
  CHECK(ids.size() == 10'000);
}

TEST_CASE("visits source: has no end and takes the time it is given") {
  const auto source = make_visits_source({.seed = 1});
  CHECK_FALSE(source->count());
  CHECK(source->next(5)->time_ms == 5);
}

}  // namespace edgehose
