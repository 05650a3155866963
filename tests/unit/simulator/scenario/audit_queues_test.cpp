#include "simulator/scenario/audit_queues.h"

#include <array>
#include <catch2/catch.hpp>

#include "simulator/engine/posix_disk.h"
#include "simulator/lake/object_store.h"
#include "simulator/services/s3/notifications.h"
#include "tests/unit/simulator/test_folder.h"

using namespace edgehose;

namespace {

std::string event_line(const std::string& id) {
  return R"({"event_id":")" + id + R"(","content_type":"click","time":0})" + "\n";
}

// Raw objects, and the log of what tells of them.
struct World {
  World()
      : disk(Fsync::off),
        store(disk, folder.path()),
        random(1),
        sqs({}, random),
        notifications(
            {}, sqs, random, [](std::string_view) { return std::string("md5"); },
            [this](std::string_view, const std::string&) { return is_up; }) {
    REQUIRE(store.open() == Error::none);
    REQUIRE(store.create_bucket("raw", 0) == Error::none);
    REQUIRE(store.create_bucket("other", 0) == Error::none);
    REQUIRE_FALSE(sqs.create(0, "dead", {}, {}));
    REQUIRE_FALSE(sqs.create(
        0, "q", {.visibility_s = 1, .redrive = RedrivePolicy{sqs.arn_of("dead"), 1}}, {}));
    REQUIRE_FALSE(
        notifications.set_rules(0, "raw", {{"", sqs.arn_of("q"), {"s3:ObjectCreated:*"}, "", ""}}));
    (void)take();
  }
  void put(const std::string& key, const std::string& bytes) {
    const std::array<std::string_view, 1> parts = {bytes};
    REQUIRE(store.put("raw", key, parts, {}));
    notifications.notify(0, {"ObjectCreated:Put", "raw", key, bytes.size(), "e"});
  }
  // Receives what the queue has, and deletes it.
  size_t take() {
    const auto messages = sqs.poll(0, "q", 100, SIZE_MAX);
    for (const auto& message : messages) {
      REQUIRE_FALSE(sqs.erase(0, "q", message.receipt_handle));
    }
    return messages.size();
  }
  AuditResult audit(const std::vector<std::string>& ids) {
    std::string log = sqs.snapshot();
    log.append(notifications.snapshot());
    const std::array<std::string_view, 1> parts = {log};
    REQUIRE(disk.make_folders(folder.path() + "/events") == Error::none);
    REQUIRE(disk.write_new(folder.path() + "/events/log", parts) == Error::none);
    AuditBook book;
    for (const std::string& id : ids) {
      LedgerEntry entry;
      entry.event_id = id;
      entry.attempts = 1;
      entry.status = 200;
      entry.outcome = EventOutcome::acknowledged;
      book.expect(entry);
    }
    book.open_lake();
    REQUIRE(walk_queues(folder.path(), "lake", book) == Error::none);
    return book.finish({});
  }

  TestFolder folder;
  PosixDisk disk;
  ObjectStore store;
  Random random;
  Sqs sqs;
  bool is_up = true;
  Notifications notifications;
};

}  // namespace

TEST_CASE(
    "audit queues: raw events are queued, dead-lettered or left, by who tells of their object") {
  World world;
  world.put("a b/left", event_line("1") + event_line("2"));
  CHECK(world.take() == 1);
  world.put("dead", event_line("3"));
  (void)world.sqs.poll(0, "q", 10, SIZE_MAX);
  (void)world.sqs.poll(2'000, "q", 10, SIZE_MAX);
  world.put("a b/queued", event_line("4"));
  world.is_up = false;
  world.put("waiting", R"({"headers":{},"body":"{\"event_id\":\"5\",\"content_type\":\"x\"}"})");
  const AuditResult result = world.audit({"1", "2", "3", "4", "5", "6"});
  CHECK(result.left_raw == 2);
  CHECK(result.dead_lettered == 1);
  CHECK(result.in_flight == 2);
  CHECK(result.lost == 1);
  REQUIRE(result.faults.size() == 3);
  CHECK((result.faults[0].kind == FaultKind::lost && result.faults[0].event_id == "6"));
  CHECK(result.faults[1].place == "queue q: raw/a b/queued");
  CHECK(result.faults[2].place == "a notification of S3, not yet sent: raw/waiting");
}

TEST_CASE("audit queues: a folder without queues has nothing to tell, a damaged log is told") {
  TestFolder folder;
  PosixDisk disk(Fsync::off);
  AuditBook book;
  CHECK(walk_queues(folder.path(), "lake", book) == Error::none);
  REQUIRE(disk.make_folders(folder.path() + "/events") == Error::none);
  std::string log;
  append_log_record(log, 3, "nonsense");
  const std::array<std::string_view, 1> parts = {log};
  REQUIRE(disk.write_new(folder.path() + "/events/log", parts) == Error::none);
  CHECK(walk_queues(folder.path(), "lake", book) == Error::malformed);
}
