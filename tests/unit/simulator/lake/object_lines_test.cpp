#include "simulator/lake/object_lines.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/unit/simulator/load/gzip_text.h"

namespace edgehose {
namespace {

struct Lines {
  LinesEnd end;
  std::vector<std::string> lines;
};

Lines lines_of(std::string_view bytes) {
  Lines found{LinesEnd::whole, {}};
  found.end = for_each_line(bytes, [&](std::string_view line) { found.lines.emplace_back(line); });
  return found;
}

}  // namespace

TEST_CASE("for_each_line: finds the same lines however they are wrapped") {
  // Longer than every chunk and window, so that lines cross their borders.
  std::string text;
  std::vector<std::string> expected;
  for (int i = 0; i < 60'000; ++i) {
    expected.push_back("line " + std::to_string(i * 7919) +
                       std::string(static_cast<size_t>(i % 90), 'x'));
    text += expected.back() + "\n";
  }
  const std::string head = text.substr(0, 1'000'003);
  const std::string rest = text.substr(1'000'003);
  const std::string wrappings[] = {
      text,
      gzip_text(text),
      gzip_text(head) + gzip_text(rest),             // records that are gzip members
      gzip_text(gzip_text(head) + gzip_text(rest)),  // and of a stream that compresses
      gzip_text(gzip_text(text)),
  };
  for (const std::string& wrapped : wrappings) {
    const Lines found = lines_of(wrapped);
    CHECK(found.end == LinesEnd::whole);
    CHECK(found.lines == expected);
  }
}

TEST_CASE("for_each_line: empty lines are left out and the last needs no newline") {
  CHECK(lines_of("").lines.empty());
  CHECK(lines_of("x").lines == std::vector<std::string>{"x"});
  CHECK(lines_of("\n\na\n\nb").lines == std::vector<std::string>{"a", "b"});
  CHECK(lines_of(gzip_text("a\nb")).lines == std::vector<std::string>{"a", "b"});
}

TEST_CASE("for_each_line: damage is told, and the lines before it are given") {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += std::to_string(i * 7919) + "\n";
  const std::string whole = gzip_text(text);
  const Lines cut = lines_of(std::string_view(whole).substr(0, whole.size() / 2));
  CHECK(cut.end == LinesEnd::damaged);
  CHECK(cut.lines.size() > 1'000);
  CHECK(cut.lines.size() < 50'000);
  std::string flipped = whole;
  flipped[whole.size() / 2] = static_cast<char>(flipped[whole.size() / 2] ^ 0x10);
  CHECK(lines_of(flipped).end == LinesEnd::damaged);
  CHECK(lines_of(gzip_text("a\n") + "\x1f\x8b").end == LinesEnd::damaged);
  CHECK(lines_of(gzip_text("a\n") + "plain").end == LinesEnd::damaged);
}

TEST_CASE("for_each_line: a line without an end is bounded") {
  const std::string text = "first\n" + std::string(kLakeLineBytesMax + 2, 'x');
  CHECK(lines_of(text).end == LinesEnd::too_long);
  CHECK(lines_of(text).lines == std::vector<std::string>{"first"});
  CHECK(lines_of(gzip_text(text)).end == LinesEnd::too_long);
}

}  // namespace edgehose
