#include "shared/pack/lines.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

using namespace edgehose;

TEST_CASE("lines: the frame is little endian, names and line without separators") {
  std::string frame;
  append_line(frame, {"ab", "{}", 3, "xyz"});
  CHECK(frame == std::string("\x02\x00\x03\x00\x02\x00\x00\x00\x03\x00\x00\x00"
                             "abxyz{}",
                             19));
}

TEST_CASE("lines: a line written in place is the line appended") {
  std::string appended;
  append_line(appended, {"s", "first", 1});
  append_line(appended, {"stream", "", 7, "2026-11-22T13"});
  append_line(appended, {"", "last", 1, "p"});

  ByteBuffer frame;
  size_t start = begin_line(frame, "s", "");
  frame.append("fir");
  frame.append("st");
  CHECK(open_line_text(frame, start) == "first");
  end_line(frame, start);
  start = begin_line(frame, "dropped", "p");
  frame.append("nothing of it stays");
  drop_line(frame, start);
  start = begin_line(frame, "stream", "2026-11-22T13");
  CHECK(open_line_text(frame, start).empty());
  end_line(frame, start, 7);
  start = begin_line(frame, "", "p");
  frame.append("last");
  end_line(frame, start);
  CHECK(frame.view() == appended);
}

TEST_CASE("lines: names and lines at their largest come back whole") {
  const std::string name(65'535, 'n');
  const std::string text(1'048'576, 't');
  std::string frame;
  append_line(frame, {name, text, 4'294'967'295, name});
  std::string_view rest = frame;
  Line line;
  REQUIRE(take_line(rest, line));
  CHECK(line.stream == name);
  CHECK(line.partition == name);
  CHECK(line.text == text);
  CHECK(line.events == 4'294'967'295);
  CHECK(rest.empty());
}

TEST_CASE("lines: what was appended is taken in order") {
  std::mt19937_64 random(19);
  std::vector<Line> lines;
  std::vector<std::string> texts;
  for (size_t i = 0; i < 200; ++i)
    texts.emplace_back(random() % 3'000, static_cast<char>('a' + i % 26));
  std::string frame;
  for (size_t i = 0; i < texts.size(); ++i) {
    lines.push_back(
        {i % 2 == 0 ? "even" : "", texts[i], static_cast<uint32_t>(i), i % 3 == 0 ? "hour" : ""});
    append_line(frame, lines.back());
  }
  std::string_view rest = frame;
  for (const Line& expected : lines) {
    Line line;
    REQUIRE(take_line(rest, line));
    CHECK(line.stream == expected.stream);
    CHECK(line.partition == expected.partition);
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
