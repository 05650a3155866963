#include "shared/pack/record.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

using namespace edgehose;

namespace {

struct Added {
  std::string text;
  uint64_t owner;
  uint32_t events;
  int64_t at_ms;
};

// What a record of these lines must be, written down line by line.
void check_record(const Record& record, const std::vector<Added>& lines, size_t first, size_t end) {
  std::string data;
  std::vector<uint64_t> owners;
  uint32_t events = 0;
  for (size_t i = first; i < end; ++i) {
    data += lines[i].text + "\n";
    owners.push_back(lines[i].owner);
    events += lines[i].events;
  }
  CHECK(record.data == data);
  CHECK(record.line_bytes == data.size());
  CHECK(record.lines == end - first);
  CHECK(record.events == events);
  std::vector<uint64_t> shared;
  for (const Share& share : record.shares) shared.insert(shared.end(), share.lines, share.owner);
  CHECK(shared == owners);
  CHECK(record.held_bytes() == data.size() + (end - first) * 7);
  CHECK(record.partition == "p");
  if (end > first) CHECK(record.since_ms == lines[first].at_ms);
}

}  // namespace

TEST_CASE("record: pieces cut off the front are the lines in their order, with their owners") {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<Added> lines;
    for (size_t i = 0; i < 40; ++i) {
      lines.push_back({std::string(random() % 50, 'x'), random() % 6,
                       static_cast<uint32_t>(1 + random() % 3), static_cast<int64_t>(i / 3)});
    }
    OpenRecord open("p", 7);
    CHECK(open.is_empty());
    size_t added = 0;
    size_t cut = 0;
    while (cut < lines.size()) {
      if (added < lines.size() && (open.is_empty() || random() % 3 != 0)) {
        const Added& line = lines[added++];
        open.add(line.at_ms, line.owner, line.text, line.events);
      } else {
        const size_t count = 1 + random() % open.ends().size();
        check_record(open.cut(count), lines, cut, cut + count);
        cut += count;
      }
      check_record(open.record(), lines, cut, added);
      REQUIRE(open.ends().size() == added - cut);
    }
    CHECK(open.is_empty());
  }
}

TEST_CASE("record: a piece takes no more memory than its bytes need") {
  OpenRecord open("", 0);
  for (size_t i = 0; i < 1'000; ++i) open.add(0, 1, std::string(99, 'x'), 1);
  const Record piece = open.cut(900);
  CHECK(piece.data.capacity() < piece.data.size() + 64);
  CHECK(open.record().data.capacity() < 1'000 * 100 * 14 / 10);
}

TEST_CASE("record: the lines that came until a time stand at the front") {
  OpenRecord open("", 0);
  for (const int64_t at_ms : {10, 10, 20, 30}) open.add(at_ms, 1, "x", 1);
  CHECK(open.lines_until(9) == 0);
  CHECK(open.lines_until(10) == 2);
  CHECK(open.lines_until(29) == 3);
  CHECK(open.lines_until(1'000) == 4);
}
