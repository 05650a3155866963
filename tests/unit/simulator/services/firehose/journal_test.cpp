#include "simulator/services/firehose/journal.h"

#include <catch2/catch.hpp>

#include "simulator/engine/memory_disk.h"
#include "simulator/engine/posix_disk.h"
#include "tests/unit/simulator/test_folder.h"

using namespace edgehose;

namespace {

JournalEffect store(const std::string& stream) {
  StreamConfig config;
  config.name = stream;
  config.role_arn = "arn:aws:iam::000000000000:role/firehose";
  config.bucket = "lake";
  return {.kind = JournalEffect::Kind::store_stream,
          .stream = stream,
          .frame = nullptr,
          .description = encode_stream_config(config)};
}

JournalEffect append(const std::string& stream, uint64_t segment, std::string_view record) {
  FrameBuilder builder(0);
  builder.add(record);
  return {.kind = JournalEffect::Kind::append,
          .stream = stream,
          .segment = segment,
          .frame = std::make_shared<const Frame>(builder.finish(7)),
          .description = {}};
}

JournalEffect seal(const std::string& stream, uint64_t segment) {
  return {.kind = JournalEffect::Kind::seal,
          .stream = stream,
          .segment = segment,
          .frame = std::make_shared<const Frame>(make_seal_frame({"lake", "key", 1, ""}, 7)),
          .description = {}};
}

JournalEffect remove(JournalEffect::Kind kind, const std::string& stream, uint64_t segment) {
  return {.kind = kind, .stream = stream, .segment = segment, .frame = nullptr, .description = {}};
}

Error one(JournalWriter& writer, const JournalEffect& effect) {
  return writer.perform(std::span(&effect, 1)).at(0);
}

// All records of a journal, stream and segment before each.
std::vector<std::string> records(const Disk& disk) {
  std::vector<std::string> found;
  const std::vector<FoundStream> streams = read_journal(disk, "j").value();
  for (const FoundStream& stream : streams) {
    for (const FoundSegment& segment : stream.segments) {
      for (const FramePtr& frame : segment.content.frames) {
        for (std::string_view record : frame->records()) {
          found.push_back(stream.config.name + "/" + std::to_string(segment.number) + ":" +
                          std::string(record));
        }
      }
    }
  }
  return found;
}

}  // namespace

TEST_CASE("journal: what was performed is found again, after a crash too") {
  MemoryDisk disk;
  REQUIRE(disk.make_folders("j") == Error::none);
  JournalWriter writer(disk, "j");
  const std::vector<JournalEffect> effects = {
      store("b"),           store("a"),   append("a", 1, "a1"), append("b", 1, "b1"),
      append("a", 1, "a2"), seal("a", 1), append("a", 2, "a3")};
  for (Error error : writer.perform(effects)) REQUIRE(error == Error::none);
  disk.crash();
  REQUIRE(records(disk) == std::vector<std::string>{"a/1:a1", "a/1:a2", "a/2:a3", "b/1:b1"});
  const auto streams = read_journal(disk, "j").value();
  REQUIRE(streams[0].segments[0].content.seal->key == "key");
  REQUIRE_FALSE(streams[0].segments[1].content.seal.has_value());

  REQUIRE(one(writer, remove(JournalEffect::Kind::remove_segment, "a", 1)) == Error::none);
  REQUIRE(one(writer, remove(JournalEffect::Kind::remove_segment, "a", 1)) == Error::none);
  REQUIRE(one(writer, remove(JournalEffect::Kind::remove_stream, "b", 0)) == Error::none);
  REQUIRE(one(writer, remove(JournalEffect::Kind::remove_stream, "b", 0)) == Error::none);
  REQUIRE(records(disk) == std::vector<std::string>{"a/2:a3"});
}

TEST_CASE("journal: a group of appends to one file needs one sync") {
  MemoryDisk disk;
  REQUIRE(disk.make_folders("j") == Error::none);
  JournalWriter writer(disk, "j");
  REQUIRE(one(writer, store("a")) == Error::none);
  REQUIRE(one(writer, append("a", 1, "first")) == Error::none);
  const uint64_t before = disk.operations();
  std::vector<JournalEffect> group;
  for (int i = 0; i < 10; ++i) group.push_back(append("a", 1, std::to_string(i)));
  for (Error error : writer.perform(group)) REQUIRE(error == Error::none);
  REQUIRE(disk.operations() - before == 11);
}

TEST_CASE("journal: what is reported as failed is not there, whichever operation fails") {
  bool failed_once = true;
  for (uint64_t step = 1; failed_once; ++step) {
    MemoryDisk disk;
    REQUIRE(disk.make_folders("j") == Error::none);
    JournalWriter writer(disk, "j");
    REQUIRE(one(writer, store("a")) == Error::none);
    disk.fail_at(disk.operations() + step, Error::out_of_space);
    const std::vector<JournalEffect> group = {append("a", 1, "1"), append("a", 1, "2"),
                                              append("a", 2, "3")};
    const auto first = writer.perform(group);
    const auto second = writer.perform(group);
    std::vector<std::string> expected;
    failed_once = false;
    for (const char* segment : {"a/1:", "a/2:"}) {
      for (const auto* results : {&first, &second}) {
        for (size_t i = 0; i < group.size(); ++i) {
          if ((i == 2) != (std::string(segment) == "a/2:")) continue;
          if (results->at(i) != Error::none) {
            failed_once = true;
            REQUIRE(results->at(i) == Error::out_of_space);
          } else {
            expected.push_back(segment + std::to_string(i + 1));
          }
        }
      }
    }
    CAPTURE(step);
    REQUIRE(records(disk) == expected);
    disk.crash();
    REQUIRE(records(disk) == expected);
  }
}

TEST_CASE("journal: a full disk refuses, and takes again when there is room") {
  MemoryDisk disk;
  REQUIRE(disk.make_folders("j") == Error::none);
  JournalWriter writer(disk, "j");
  REQUIRE(one(writer, store("a")) == Error::none);
  disk.limit_bytes(1'000);
  REQUIRE(one(writer, append("a", 1, std::string(2'000, 'x'))) == Error::out_of_space);
  REQUIRE(one(writer, append("a", 1, "small")) == Error::none);
  disk.limit_bytes(10'000);
  REQUIRE(one(writer, append("a", 1, "again")) == Error::none);
  REQUIRE(records(disk) == std::vector<std::string>{"a/1:small", "a/1:again"});
}

TEST_CASE("journal: appending goes on behind the whole frames of a torn segment") {
  MemoryDisk disk;
  REQUIRE(disk.make_folders("j") == Error::none);
  {
    JournalWriter writer(disk, "j");
    REQUIRE(one(writer, store("a")) == Error::none);
    REQUIRE(one(writer, append("a", 1, "kept")) == Error::none);
  }
  const std::string_view torn = "EHJ1 half a header";
  REQUIRE(disk.append(segment_path("j", "a", 1), std::span(&torn, 1)) == Error::none);
  const auto found = read_journal(disk, "j").value();
  REQUIRE(found[0].segments[0].file_bytes > found[0].segments[0].content.good_bytes);
  JournalWriter writer(disk, "j");
  writer.adopt_segment("a", 1, found[0].segments[0].content.good_bytes);
  REQUIRE(one(writer, append("a", 1, "more")) == Error::none);
  REQUIRE(records(disk) == std::vector<std::string>{"a/1:kept", "a/1:more"});
}

TEST_CASE("journal: nothing there holds nothing; what is damaged is an error, not silence") {
  MemoryDisk disk;
  REQUIRE(read_journal(disk, "j").value().empty());
  REQUIRE(disk.make_folders("j/empty") == Error::none);
  REQUIRE(read_journal(disk, "j").value().empty());
  JournalWriter writer(disk, "j");
  REQUIRE(one(writer, store("a")) == Error::none);
  const std::string_view text = "name: a";
  REQUIRE(disk.write_new("j/a/stream", std::span(&text, 1)) == Error::none);
  REQUIRE(read_journal(disk, "j").error() == Error::malformed);
  REQUIRE(one(writer, append("b", 1, "x")) == Error::not_found);
  REQUIRE(disk.make_folders("j/b") == Error::none);
  REQUIRE(one(writer, append("b", 1, "x")) == Error::none);
  REQUIRE(one(writer, store("a")) == Error::none);
  REQUIRE(read_journal(disk, "j").error() == Error::not_found);
}

TEST_CASE("journal: no stream's name leads out of the folder") {
  REQUIRE(stream_folder("j", "..") == "j/%2E.");
  REQUIRE(stream_folder("j", ".") == "j/%2E");
  REQUIRE(stream_folder("j", "a.b") == "j/a.b");
  REQUIRE(segment_path("j", "a", 17) == "j/a/segment-000000000017");
}

TEST_CASE("journal: is read offline from a data folder of the machine") {
  const TestFolder folder;
  PosixDisk disk;
  REQUIRE(disk.make_folders(folder.path() + "/firehose") == Error::none);
  JournalWriter writer(disk, folder.path() + "/firehose");
  REQUIRE(one(writer, store("..")) == Error::none);
  REQUIRE(one(writer, append("..", 3, "x")) == Error::none);
  const auto found = read_journal(folder.path());
  REQUIRE(found.value().size() == 1);
  REQUIRE(found.value()[0].config.name == "..");
  REQUIRE(found.value()[0].segments[0].number == 3);
}

TEST_CASE("journal: outputs are kept whole beside their segment, and go with it") {
  MemoryDisk disk;
  REQUIRE(disk.make_folders("j") == Error::none);
  JournalWriter writer(disk, "j");
  JournalOutputs outputs(disk, "j");
  REQUIRE(one(writer, store("a")) == Error::none);
  REQUIRE(one(writer, append("a", 1, "x")) == Error::none);
  REQUIRE(outputs.load("a", 1).error() == Error::not_found);
  Outputs made;
  made.objects.push_back({OutputObject::Kind::records, "lake", "k", 1, "bytes"});
  FrameBuilder dropped(0);
  dropped.add("gone");
  made.dropped = dropped.finish(1);
  REQUIRE(outputs.store("a", 1, made) == Error::none);
  disk.crash();
  REQUIRE(outputs.load("a", 1).value().objects[0].bytes == "bytes");
  REQUIRE(outputs.load("a", 1).value().dropped_records == 1);
  const auto audited = read_journal(disk, "j", JournalUse::audit).value();
  REQUIRE(audited[0].segments[0].outputs->objects[0].key == "k");
  REQUIRE(audited[0].dropped.size() == 1);
  REQUIRE(read_journal(disk, "j").value()[0].dropped.empty());
  JournalEffect remove;
  remove.kind = JournalEffect::Kind::remove_segment;
  remove.stream = "a";
  remove.segment = 1;
  REQUIRE(one(writer, remove) == Error::none);
  REQUIRE(outputs.load("a", 1).error() == Error::not_found);
  // What was dropped stays for the audit, and its number is not given again.
  const auto after = read_journal(disk, "j", JournalUse::audit).value();
  REQUIRE(after[0].dropped.size() == 1);
  REQUIRE(after[0].next_segment == 2);
}

TEST_CASE("journal: dropped records of a segment whose outputs are not whole still are in it") {
  MemoryDisk disk;
  REQUIRE(disk.make_folders("j") == Error::none);
  JournalWriter writer(disk, "j");
  REQUIRE(one(writer, store("a")) == Error::none);
  REQUIRE(one(writer, append("a", 1, "x")) == Error::none);
  FrameBuilder dropped(0);
  dropped.add("x");
  const Frame frame = dropped.finish(1);
  const std::string_view bytes = frame.bytes;
  REQUIRE(disk.append("j/a/dropped-000000000001", std::span(&bytes, 1)) == Error::none);
  REQUIRE(read_journal(disk, "j", JournalUse::audit).value()[0].dropped.empty());
}

TEST_CASE("journal: a lost segment is kept aside by its name") {
  MemoryDisk disk;
  REQUIRE(disk.make_folders("j") == Error::none);
  JournalWriter writer(disk, "j");
  REQUIRE(one(writer, store("a")) == Error::none);
  REQUIRE(one(writer, append("a", 1, "x")) == Error::none);
  JournalEffect lose;
  lose.kind = JournalEffect::Kind::lose_segment;
  lose.stream = "a";
  lose.segment = 1;
  REQUIRE(one(writer, lose) == Error::none);
  disk.crash();
  const auto found = read_journal(disk, "j", JournalUse::audit).value();
  REQUIRE(found[0].segments.empty());
  REQUIRE(found[0].lost.size() == 1);
  REQUIRE(found[0].lost[0].content.frames[0]->payload() == "x");
  REQUIRE(found[0].next_segment == 2);
}

TEST_CASE("journal: a raised quota is found by a restart, and goes with its stream") {
  MemoryDisk disk;
  REQUIRE(disk.make_folders("j") == Error::none);
  JournalWriter writer(disk, "j");
  REQUIRE(one(writer, store("a")) == Error::none);
  CHECK(read_journal(disk, "j").value().at(0).quota_bytes_s == 0);
  for (const char* bytes_s : {"2097152", "4194304"}) {
    REQUIRE(one(writer, {.kind = JournalEffect::Kind::store_quota,
                         .stream = "a",
                         .frame = nullptr,
                         .description = bytes_s}) == Error::none);
  }
  disk.crash();
  CHECK(read_journal(disk, "j").value().at(0).quota_bytes_s == 4'194'304);
  REQUIRE(one(writer, remove(JournalEffect::Kind::remove_stream, "a", 0)) == Error::none);
  CHECK(read_journal(disk, "j").value().empty());
  REQUIRE(one(writer, store("a")) == Error::none);
  const std::array<std::string_view, 1> damaged = {"12x\n"};
  REQUIRE(disk.append("j/a/quota", damaged) == Error::none);
  CHECK(read_journal(disk, "j").error() == Error::malformed);
}
