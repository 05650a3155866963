#include "shared/pack/lines.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

using namespace edgehose;

TEST_CASE("lines: the frame is little endian, name and line without separators") {
  std::string frame;
  append_line(frame, {"ab", "{}", 3});
  CHECK(frame == std::string("\x02\x00\x02\x00\x00\x00\x03\x00\x00\x00"
                             "ab{}",
                             14));
}

TEST_CASE("lines: what was appended is taken in order") {
  std::mt19937_64 random(19);
  std::vector<Line> lines;
  std::vector<std::string> texts;
  for (size_t i = 0; i < 200; ++i)
    texts.emplace_back(random() % 3'000, static_cast<char>('a' + i % 26));
  std::string frame;
  for (size_t i = 0; i < texts.size(); ++i) {
    lines.push_back({i % 2 == 0 ? "even" : "", texts[i], static_cast<uint32_t>(i)});
    append_line(frame, lines.back());
  }
  std::string_view rest = frame;
  for (const Line& expected : lines) {
    Line line;
    REQUIRE(take_line(rest, line));
    CHECK(line.stream == expected.stream);
    CHECK(line.text == expected.text);
    CHECK(line.events == expected.events);
  }
  Line line;
  CHECK_FALSE(take_line(rest, line));
  CHECK(rest.empty());
}

TEST_CASE("lines: a frame cut at each byte gives its whole lines and keeps what is left") {
  std::string frame;
  append_line(frame, {"s", "first"});
  const size_t first_end = frame.size();
  append_line(frame, {"s", "second"});
  for (size_t cut = 0; cut < frame.size(); ++cut) {
    std::string_view rest(frame.data(), cut);
    Line line;
    size_t taken = 0;
    while (take_line(rest, line)) ++taken;
    CHECK(taken == (cut >= first_end ? 1 : 0));
    CHECK(rest.size() == (cut >= first_end ? cut - first_end : cut));
  }
}
