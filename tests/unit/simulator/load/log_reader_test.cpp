#include "simulator/load/log_reader.h"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/unit/simulator/load/gzip_text.h"
#include "tests/unit/simulator/load/temporary_folder.h"

namespace edgehose {
namespace {

std::vector<std::string> lines_of(const std::string& path, bool expect_failed = false) {
  auto reader = LogReader::open(path);
  REQUIRE(reader);
  std::vector<std::string> lines;
  std::string line;
  while (reader.value().next(line)) {
    lines.push_back(line);
    REQUIRE(reader.value().line_number() == lines.size());
  }
  CHECK(reader.value().failed() == expect_failed);
  return lines;
}

}  // namespace

TEST_CASE("log reader: reads plain and gzip files alike, with and without a last newline") {
  const TemporaryFolder folder;
  const std::string long_line(200'000, 'x');  // longer than one read
  const std::string text = "a\n\n" + long_line + "\nlast";
  const std::vector<std::string> expected = {"a", "", long_line, "last"};
  write_file(folder.file("plain"), text);
  write_file(folder.file("members.gz"),
             gzip_text(text.substr(0, 100)) + gzip_text(text.substr(100)));
  CHECK(lines_of(folder.file("plain")) == expected);
  CHECK(lines_of(folder.file("members.gz")) == expected);
  write_file(folder.file("ended"), "a\nb\n");
  CHECK(lines_of(folder.file("ended")) == std::vector<std::string>{"a", "b"});
  write_file(folder.file("empty"), "");
  CHECK(lines_of(folder.file("empty")).empty());
}

TEST_CASE("log reader: a line above 1 MiB is cut and the next one is whole") {
  const TemporaryFolder folder;
  write_file(folder.file("log"), std::string(3 << 20, 'y') + "\nnext\n");
  const auto lines = lines_of(folder.file("log"));
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].size() == 1 << 20);
  CHECK(lines[1] == "next");
}

TEST_CASE("log reader: damaged gzip is told from an end") {
  const TemporaryFolder folder;
  std::string bytes = gzip_text(std::string(100'000, 'a') + "b");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
  write_file(folder.file("bad.gz"), bytes);
  lines_of(folder.file("bad.gz"), true);
  CHECK(LogReader::open(folder.file("absent")).error() == Error::not_found);
}

}  // namespace edgehose
