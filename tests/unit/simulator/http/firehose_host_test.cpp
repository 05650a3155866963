#include "simulator/http/firehose_host.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>

#include "simulator/adapters/compressors.h"
#include "simulator/engine/posix_disk.h"
#include "simulator/lake/object_store.h"
#include "tests/unit/simulator/test_folder.h"

using namespace edgehose;

namespace {

StreamConfig config(const std::string& name, uint32_t interval_s) {
  StreamConfig made;
  made.name = name;
  made.role_arn = "arn:aws:iam::000000000000:role/firehose";
  made.bucket = "lake";
  made.buffer_interval_s = interval_s;
  return made;
}

FrameBuilder rows(const std::string& record) {
  FrameBuilder builder(0);
  builder.add(record);
  return builder;
}

// A host on a folder that outlives it, so that a second one can find what the first left.
struct HostWorld {
  explicit HostWorld(const std::string& data, uint32_t speed = 1)
      : clock(speed),
        random(real_random_seed()),
        store(disk, data),
        journal(disk, data + "/firehose"),
        firehose({}, random) {
    REQUIRE(disk.make_folders(data + "/firehose") == Error::none);
    REQUIRE(store.open() == Error::none);
    (void)store.create_bucket("lake", 0);
    auto found = read_journal(disk, data + "/firehose").value();
    for (const FoundStream& stream : found) {
      for (const FoundSegment& segment : stream.segments) {
        journal.adopt_segment(stream.config.name, segment.number, segment.content.good_bytes);
      }
    }
    firehose.restore(clock.now_ms(), std::move(found));
    host.emplace(firehose, clock, journal, DeliveryWorld{store, compressor});
  }

  FirehoseReply create(const std::string& name, uint32_t interval_s) {
    std::promise<FirehoseReply> reply;
    host->request([&](Firehose& f, int64_t now_ms,
                      uint64_t id) { f.create(now_ms, id, config(name, interval_s)); },
                  [&](FirehoseReply r) { reply.set_value(std::move(r)); });
    return reply.get_future().get();
  }
  FirehoseReply put(const std::string& name, const std::string& record) {
    std::promise<FirehoseReply> reply;
    host->put(name, PutKind::single, rows(record),
              [&](FirehoseReply r) { reply.set_value(std::move(r)); });
    return reply.get_future().get();
  }
  uint64_t flush() {
    std::promise<FirehoseReply> reply;
    host->flush([&](FirehoseReply r) { reply.set_value(std::move(r)); });
    return std::get<FlushReply>(reply.get_future().get()).delivered_objects;
  }
  std::string lake() const {
    std::string all;
    const auto keys = store.keys("lake", "").value();
    for (const std::string& key : keys) all += store.read("lake", key, 0, 1 << 20).value();
    return all;
  }

  RealClock clock;
  Random random;
  PosixDisk disk{Fsync::off};
  ObjectStore store;
  JournalWriter journal;
  Compressors compressor;
  Firehose firehose;
  std::optional<FirehoseHost> host;
};

}  // namespace

TEST_CASE("firehose host: acknowledged records of many threads arrive once each") {
  const TestFolder folder;
  HostWorld world(folder.path());
  REQUIRE(std::holds_alternative<CreateReply>(world.create("a", 900)));
  std::atomic<int> acknowledged{0};
  std::vector<std::thread> senders;
  for (int thread = 0; thread < 4; ++thread) {
    senders.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        if (std::holds_alternative<PutReply>(world.put("a", "x\n"))) ++acknowledged;
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  REQUIRE(acknowledged == 400);
  REQUIRE(world.flush() == 1);
  REQUIRE(world.lake().size() == 800);
}

TEST_CASE("firehose host: the interval passes on its clock, whatever its speed") {
  const TestFolder folder;
  HostWorld world(folder.path(), 1'000);
  REQUIRE(std::holds_alternative<CreateReply>(world.create("a", 60)));
  REQUIRE(std::holds_alternative<PutReply>(world.put("a", "later\n")));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (world.lake().empty() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  REQUIRE(world.lake() == "later\n");
}

TEST_CASE("firehose host: what was not delivered waits in the journal for the next host") {
  const TestFolder folder;
  {
    HostWorld world(folder.path());
    REQUIRE(std::holds_alternative<CreateReply>(world.create("a", 900)));
    REQUIRE(std::holds_alternative<PutReply>(world.put("a", "kept\n")));
    world.host->stop();
    REQUIRE(world.lake().empty());
  }
  REQUIRE(read_journal(folder.path()).value().at(0).segments.size() == 1);
  HostWorld again(folder.path());
  REQUIRE(std::holds_alternative<PutReply>(again.put("a", "more\n")));
  REQUIRE(again.flush() == 1);
  REQUIRE(again.lake() == "kept\nmore\n");
}

TEST_CASE("firehose host: inspection sees the machine between steps") {
  const TestFolder folder;
  HostWorld world(folder.path());
  REQUIRE(std::holds_alternative<CreateReply>(world.create("a", 900)));
  size_t streams = 0;
  world.host->inspect([&](const Firehose& firehose) { streams = firehose.streams().size(); });
  REQUIRE(streams == 1);
}
