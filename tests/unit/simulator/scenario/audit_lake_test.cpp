#include "simulator/scenario/audit_lake.h"

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>

#include "shared/base/base64.h"
#include "simulator/services/firehose/journal.h"
#include "tests/unit/simulator/lake/small_lake.h"

namespace edgehose {
namespace {

std::string event_line(const std::string& id) {
  return R"({"event_id":")" + id + R"(","content_type":"click","received_time":"t"})" + "\n";
}

std::string failed_line(const std::string& id) {
  std::string line = R"({"reason":"missing","raw":")";
  base64_append(line, R"({"event_id":")" + id + "\"}");
  return line + "\"}\n";
}

LedgerEntry entry(const std::string& id, EventOutcome outcome) {
  return {.event_id = id,
          .content_type = "click",
          .event_time = {},
          .attempts = 1,
          .outcome = outcome,
          .status = 200,
          .digest = event_digest(event_line(id)).value()};
}

// Two events in a plain object, two in a gzip one, one failed: all that the ledger has.
void fill(SmallLake& lake, AuditBook& book) {
  lake.put(SmallLake::key("click", 8, "a.json"), event_line("e1") + event_line("e2"));
  lake.put(SmallLake::key("click", 9, "b.json.gz"), gzip_text(event_line("e3") + event_line("e4")));
  lake.put("failed_events/year=2026/month=11/day=22/hour=08/f.json", failed_line("e5"));
  lake.put("elsewhere/x", "not looked at");
  for (const char* id : {"e1", "e2", "e3", "e4"}) {
    book.expect(entry(id, EventOutcome::acknowledged));
  }
  book.expect(entry("e5", EventOutcome::failed));
  book.open_lake();
}

AuditResult walk_and_judge(SmallLake& lake, AuditBook& book, LakeWalk* walk = nullptr) {
  auto walked = walk_lake(lake.data(), "lake", book);
  REQUIRE(walked);
  if (walk != nullptr) *walk = walked.value();
  return book.finish({});
}

const Fault* find(const AuditResult& result, FaultKind kind) {
  for (const Fault& fault : result.faults) {
    if (fault.kind == kind) return &fault;
  }
  return nullptr;
}

// Changes bytes of an object behind the store's back.
void spoil(const SmallLake& lake, const std::string& key, const std::string& from,
           const std::string& to) {
  const std::string path = lake.path_of(key);
  std::string bytes = read_file(path);
  bytes.replace(bytes.find(from), from.size(), to);
  write_file(path, bytes);
}

// Puts one record into the journal of a stream; sealed under `key` unless that is empty.
void journal(const SmallLake& lake, const std::string& record, const std::string& key) {
  PosixDisk disk;
  const std::string root = lake.data() + "/firehose";
  REQUIRE(disk.make_folders(root) == Error::none);
  JournalWriter writer(disk, root);
  StreamConfig config;
  config.name = "click";
  config.bucket = "lake";
  config.role_arn = "arn:aws:iam::123456789012:role/firehose";
  config.prefix = "click/";
  FrameBuilder builder(record.size());
  builder.add(record);
  std::vector<JournalEffect> effects(2);
  effects[0].kind = JournalEffect::Kind::store_stream;
  effects[0].description = encode_stream_config(config);
  effects[1].kind = JournalEffect::Kind::append;
  effects[1].frame = std::make_shared<const Frame>(builder.finish(1));
  if (!key.empty()) {
    effects.emplace_back().kind = JournalEffect::Kind::seal;
    effects.back().frame = std::make_shared<const Frame>(make_seal_frame({"lake", key, 1, ""}, 1));
  }
  for (JournalEffect& effect : effects) {
    effect.stream = "click";
    effect.segment = 1;
  }
  for (const Error error : writer.perform(effects)) REQUIRE(error == Error::none);
}

}  // namespace

TEST_CASE("walk_lake: a lake that has all the ledger has is balanced") {
  SmallLake lake;
  AuditBook book;
  fill(lake, book);
  LakeWalk walk;
  const AuditResult result = walk_and_judge(lake, book, &walk);
  CHECK(result.balanced());
  CHECK(result.delivered == 4);
  CHECK(result.failed == 1);
  CHECK(walk.objects == 3);
  CHECK(walk.lines == 5);
  CHECK(walk.absent.empty());
}

TEST_CASE("walk_lake: a removed object loses its events and is named") {
  SmallLake lake;
  AuditBook book;
  fill(lake, book);
  const std::string key = SmallLake::key("click", 8, "a.json");
  std::filesystem::remove(lake.path_of(key));
  LakeWalk walk;
  const AuditResult result = walk_and_judge(lake, book, &walk);
  CHECK(result.lost == 2);
  CHECK(result.fault_counts[static_cast<size_t>(FaultKind::lost)] == 2);
  CHECK(walk.absent == std::vector<std::string>{key});
}

TEST_CASE("walk_lake: a changed byte shows by digest, by etag, or as an unknown id") {
  const std::string key = SmallLake::key("click", 8, "a.json");
  struct Case {
    const char* from;
    const char* to;
    FaultKind kind;
    const char* names;
  };
  const Case cases[] = {
      {"click", "clack", FaultKind::changed, "e1"},
      {R"("e1")", R"("e9")", FaultKind::foreign, "e9"},
      {R"("e1")", R"("e9")", FaultKind::lost, "e1"},
      {R"("t"})", R"("t")x)", FaultKind::unreadable, "e1"},
      // A member that no ledger knows: only the etag can tell.
      {R"(:"t")", R"(:"u")", FaultKind::damaged, "e1 e2"},
      {"click", "clack", FaultKind::damaged, "e1 e2"},
  };
  for (const Case& c : cases) {
    INFO(c.from << " to " << c.to << ": " << to_text(c.kind));
    SmallLake lake;
    AuditBook book;
    fill(lake, book);
    spoil(lake, key, c.from, c.to);
    const AuditResult result = walk_and_judge(lake, book);
    const Fault* fault = find(result, c.kind);
    REQUIRE(fault != nullptr);
    CHECK(fault->event_id == c.names);
    if (c.kind != FaultKind::lost) CHECK(fault->place.rfind(key, 0) == 0);
  }
}

TEST_CASE("walk_lake: a line written twice is one copy too many") {
  SmallLake lake;
  AuditBook book;
  fill(lake, book);
  lake.put(SmallLake::key("click", 10, "c.json"), event_line("e2"));
  const AuditResult result = walk_and_judge(lake, book);
  const Fault* fault = find(result, FaultKind::too_many);
  REQUIRE(fault != nullptr);
  CHECK(fault->event_id == "e2");
  CHECK(fault->place.find("hour=10") != std::string::npos);
}

TEST_CASE("walk_lake: an event both delivered and failed is named") {
  SmallLake lake;
  AuditBook book;
  fill(lake, book);
  lake.put("failed_events/year=2026/month=11/day=22/hour=09/g.json", failed_line("e3"));
  const AuditResult result = walk_and_judge(lake, book);
  const Fault* fault = find(result, FaultKind::both);
  REQUIRE(fault != nullptr);
  CHECK(fault->event_id == "e3");
}

TEST_CASE("walk_lake: gzip that breaks off is damage, and names the event before it") {
  SmallLake lake;
  AuditBook book;
  fill(lake, book);
  const std::string path = lake.path_of(SmallLake::key("click", 9, "b.json.gz"));
  const std::string bytes = read_file(path);
  write_file(path, bytes.substr(0, bytes.size() - 4));
  const AuditResult result = walk_and_judge(lake, book);
  const Fault* fault = find(result, FaultKind::damaged);
  REQUIRE(fault != nullptr);
  CHECK(fault->event_id == "e4");
}

TEST_CASE("walk_lake: what Firehose accepted and has not delivered is in flight") {
  SmallLake lake;
  AuditBook book;
  book.expect(entry("held", EventOutcome::acknowledged));
  book.open_lake();
  journal(lake, gzip_text(event_line("held")), "");
  LakeWalk walk;
  const AuditResult result = walk_and_judge(lake, book, &walk);
  CHECK(walk.journal_records == 1);
  CHECK(result.in_flight == 1);
  CHECK(result.lost == 0);
  const Fault* fault = find(result, FaultKind::in_flight);
  REQUIRE(fault != nullptr);
  CHECK(fault->event_id == "held");
  CHECK(fault->place.find("stream click") != std::string::npos);
}

TEST_CASE("walk_lake: a sealed segment counts as in flight only until its object is there") {
  const std::string key = SmallLake::key("click", 8, "sealed.json");
  for (const bool delivered : {false, true}) {
    SmallLake lake;
    AuditBook book;
    book.expect(entry("once", EventOutcome::acknowledged));
    book.open_lake();
    journal(lake, event_line("once"), key);
    if (delivered) lake.put(key, event_line("once"));
    const AuditResult result = walk_and_judge(lake, book);
    CHECK(result.delivered == (delivered ? 1 : 0));
    CHECK(result.in_flight == (delivered ? 0 : 1));
    CHECK(result.balanced() == delivered);
  }
}

namespace {

// One stream "s" with a segment, and what processing made of it.
struct ProcessedStream {
  explicit ProcessedStream(const SmallLake& lake)
      : root(lake.data() + "/firehose"), writer(disk, root), outputs(disk, root) {
    REQUIRE(disk.make_folders(root) == Error::none);
    StreamConfig config;
    config.name = "s";
    config.bucket = "lake";
    config.role_arn = "arn:aws:iam::123456789012:role/firehose";
    perform(JournalEffect::Kind::store_stream, nullptr, encode_stream_config(config));
  }
  void perform(JournalEffect::Kind kind, FramePtr frame = nullptr, std::string description = {}) {
    JournalEffect effect{.kind = kind,
                         .stream = "s",
                         .segment = 1,
                         .frame = std::move(frame),
                         .description = std::move(description)};
    REQUIRE(writer.perform(std::span(&effect, 1)).at(0) == Error::none);
  }
  static FramePtr records(const std::string& record) {
    FrameBuilder builder(0);
    builder.add(record);
    return std::make_shared<const Frame>(builder.finish(1));
  }
  PosixDisk disk;
  std::string root;
  JournalWriter writer;
  JournalOutputs outputs;
};

std::string error_line(const std::string& record) {
  std::string line = R"({"attemptsMade":4,"errorCode":"Lambda.FunctionError","rawData":")";
  base64_append(line, record);
  return line + "\"}\n";
}

}  // namespace

TEST_CASE("walk_lake: events in an error prefix failed in processing, wherever the prefix is") {
  SmallLake lake;
  AuditBook book;
  for (const char* id : {"e1", "e2", "e3"}) book.expect(entry(id, EventOutcome::acknowledged));
  book.open_lake();
  lake.put("errors/processing-failed/x", error_line(event_line("e1") + event_line("e2")));
  lake.put("content_type=click/processing-failed/2026/x", error_line(event_line("e3")));
  const AuditResult result = walk_and_judge(lake, book);
  CHECK(result.processing_failed == 3);
  CHECK(result.balanced());
}

TEST_CASE("walk_lake: what was processed is in flight object by object, and dropped by name") {
  SmallLake lake;
  AuditBook book;
  for (const char* id : {"e1", "e2", "e3", "e4"})
    book.expect(entry(id, EventOutcome::acknowledged));
  book.open_lake();
  ProcessedStream stream(lake);
  const std::string all = event_line("e1") + event_line("e2") + event_line("e3") + event_line("e4");
  stream.perform(JournalEffect::Kind::append, ProcessedStream::records(all));
  Outputs outputs;
  const std::string written = SmallLake::key("click", 8, "one.json");
  outputs.objects = {
      {OutputObject::Kind::records, "lake", written, 1, event_line("e1")},
      {OutputObject::Kind::records, "lake", "content_type=click/two", 1, event_line("e2")},
      {OutputObject::Kind::errors, "lake", "errors/x", 1, error_line(event_line("e3"))}};
  outputs.dropped = *ProcessedStream::records(event_line("e4"));
  REQUIRE(stream.outputs.store("s", 1, outputs) == Error::none);
  lake.put(written, event_line("e1"));
  const AuditResult result = walk_and_judge(lake, book);
  CHECK(result.delivered == 1);
  CHECK(result.in_flight == 2);
  CHECK(result.dropped == 1);
}

TEST_CASE("walk_lake: what S3 did not take in time is lost by rule, and named") {
  SmallLake lake;
  AuditBook book;
  book.expect(entry("late", EventOutcome::acknowledged));
  book.open_lake();
  ProcessedStream stream(lake);
  stream.perform(JournalEffect::Kind::append, ProcessedStream::records(event_line("late")));
  stream.perform(JournalEffect::Kind::lose_segment);
  const AuditResult result = walk_and_judge(lake, book);
  CHECK(result.lost_by_rule == 1);
  CHECK(result.lost == 0);
  CHECK(result.balanced());
  REQUIRE(book.lost_by_rule().size() == 1);
  CHECK(book.lost_by_rule()[0].event_id == "late");
  CHECK(book.lost_by_rule()[0].place == "Firehose stream s, not delivered in time");
}

}  // namespace edgehose
