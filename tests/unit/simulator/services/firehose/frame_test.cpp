#include "simulator/services/firehose/frame.h"

#include <catch2/catch.hpp>

#include "shared/base/base64.h"
#include "simulator/engine/random.h"

using namespace edgehose;

namespace {

std::string random_bytes(Random& random, size_t length) {
  std::string bytes(length, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.below(256));
  return bytes;
}

Frame frame_of(const std::vector<std::string>& records, int64_t arrival_ms) {
  FrameBuilder builder(0);
  for (const std::string& record : records) builder.add(record);
  return builder.finish(arrival_ms);
}

std::vector<std::string> texts(const Frame& frame) {
  const auto views = frame.records();
  return {views.begin(), views.end()};
}

}  // namespace

TEST_CASE("frame: what was put in is read back, through base64 too") {
  Random random(GENERATE(range<uint64_t>(1, 10)));
  std::vector<std::string> records;
  FrameBuilder builder(100);
  std::string whole;
  for (uint64_t i = 0; i < random.below(20); ++i) {
    records.push_back(random_bytes(random, random.below(300)));
    std::string text;
    base64_append(text, records.back());
    REQUIRE(builder.try_add_base64(text));
    whole += records.back();
  }
  REQUIRE(builder.count() == records.size());
  REQUIRE(builder.payload() == whole);
  const Frame frame = builder.finish(1'234'567'890'123);
  REQUIRE(texts(frame) == records);
  REQUIRE(frame.payload() == whole);

  const FrameFile file = read_frames(frame.bytes);
  REQUIRE(file.good_bytes == frame.bytes.size());
  REQUIRE(file.frames.size() == 1);
  REQUIRE(texts(*file.frames[0]) == records);
  REQUIRE(file.frames[0]->arrival_ms == 1'234'567'890'123);
}

TEST_CASE("frame: malformed base64 adds nothing") {
  FrameBuilder builder(0);
  REQUIRE(builder.try_add_base64("YWJj"));
  for (const char* bad : {"a", "YW Jj", "====", "YWJ", "YWJj="}) {
    REQUIRE_FALSE(builder.try_add_base64(bad));
  }
  REQUIRE(builder.count() == 1);
  REQUIRE(builder.payload() == "abc");
}

TEST_CASE("frame: dropped rows leave the others whole and in order") {
  Random random(5);
  for (int round = 0; round < 200; ++round) {
    FrameBuilder builder(0);
    std::vector<std::string> kept;
    std::vector<uint8_t> dropped(random.below(12));
    for (uint8_t& flag : dropped) {
      flag = static_cast<uint8_t>(random.below(2));
      const std::string record = random_bytes(random, random.below(9));
      builder.add(record);
      if (flag == 0) kept.push_back(record);
    }
    builder.drop_rows(dropped);
    REQUIRE(texts(builder.finish(0)) == kept);
  }
}

TEST_CASE("frame: a file torn at any byte gives its whole frames and nothing of the torn one") {
  const Frame first = frame_of({"one", "two"}, 1);
  const Frame second = frame_of({"three"}, 2);
  const Frame seal = make_seal_frame({"lake", "k/e\ny", 77, "name: a\n"}, 3);
  const std::string file = first.bytes + second.bytes + seal.bytes;
  for (size_t length = 0; length <= file.size(); ++length) {
    const FrameFile read = read_frames(std::string_view(file).substr(0, length));
    const size_t expected = length < first.bytes.size()                         ? 0
                            : length < first.bytes.size() + second.bytes.size() ? 1
                                                                                : 2;
    REQUIRE(read.frames.size() == expected);
    REQUIRE(read.seal.has_value() == (length == file.size()));
    REQUIRE(read.good_bytes <= length);
  }
  const FrameFile whole = read_frames(file + "behind a seal nothing counts");
  REQUIRE(whole.seal->bucket == "lake");
  REQUIRE(whole.seal->key == "k/e\ny");
  REQUIRE(whole.seal->seed == 77);
  REQUIRE(whole.seal->config == "name: a\n");
  REQUIRE(whole.good_bytes == file.size());
}

TEST_CASE("frame: any changed byte ends the reading before its frame") {
  const Frame first = frame_of({"one"}, 1);
  const Frame second = frame_of({"two", ""}, 2);
  const std::string file = first.bytes + second.bytes;
  for (size_t at = 0; at < file.size(); ++at) {
    std::string changed = file;
    changed[at] = static_cast<char>(changed[at] ^ 0x40);
    const FrameFile read = read_frames(changed);
    REQUIRE(read.frames.size() == (at < first.bytes.size() ? 0 : 1));
  }
}

TEST_CASE("frame: a finished builder is empty") {
  FrameBuilder builder(0);
  builder.add("x");
  (void)builder.finish(0);
  REQUIRE(builder.count() == 0);
}
