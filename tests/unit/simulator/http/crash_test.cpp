// Crashes and failing disks at every single operation: what simulated Firehose acknowledged is in
// the lake exactly once, what it did not is there at most once.

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <memory>

#include "simulator/adapters/compressors.h"
#include "simulator/engine/memory_disk.h"
#include "simulator/lake/object_store.h"
#include "simulator/services/firehose/delivery.h"
#include "simulator/services/firehose/firehose.h"

using namespace edgehose;

namespace {

constexpr const char* kJournal = "d/firehose";

// Whole Firehose on one thread: journal and store on a disk in memory, effects done at once.
class Machine {
 public:
  Machine(MemoryDisk& on, uint64_t seed)
      : disk(on), random(seed), store(on, "d"), journal(on, kJournal), firehose({}, random) {}

  // False when the disk does not even allow a start.
  bool start() {
    if (disk.make_folders(kJournal) != Error::none || store.open() != Error::none) return false;
    const Error error = store.create_bucket("lake", 0);
    if (error != Error::none && error != Error::already_exists) return false;
    auto found = read_journal(disk, kJournal);
    if (!found) return false;
    for (const FoundStream& stream : found.value()) {
      for (const FoundSegment& segment : stream.segments) {
        journal.adopt_segment(stream.config.name, segment.number, segment.content.good_bytes);
      }
    }
    firehose.restore(now, std::move(found).value());
    run();
    return true;
  }

  void create(const std::string& name, Compression compression) {
    StreamConfig config;
    config.name = name;
    config.role_arn = "arn:aws:iam::000000000000:role/firehose";
    config.bucket = "lake";
    config.compression = compression;
    config.buffer_interval_s = 10;
    firehose.create(now, ++requests, config);
    run();
  }

  // True when the record was acknowledged.
  bool put(const std::string& name, const std::string& record) {
    FrameBuilder rows(0);
    rows.add(record + "\n");
    firehose.put(now, ++requests, name, PutKind::single, std::move(rows));
    run();
    const auto found = replies.find(requests);
    return found != replies.end() && std::holds_alternative<PutReply>(found->second);
  }

  void flush() {
    firehose.flush(now, ++requests);
    run();
  }

  // Time passes and retries are made until nothing is left to do, or the power is off.
  void drain() {
    flush();
    for (int i = 0; i < 20; ++i) {
      now += 1'000;
      firehose.tick(now);
      run();
    }
  }

  void run() {
    const Compressors compressor;
    while (true) {
      auto effects = firehose.take_journal_effects();
      auto deliveries = firehose.take_delivery_effects();
      for (auto& answer : firehose.take_answers()) {
        replies.emplace(answer.request_id, std::move(answer.reply));
      }
      if (effects.empty() && deliveries.empty()) return;
      const auto results = journal.perform(effects);
      for (size_t i = 0; i < effects.size(); ++i) firehose.on_done(now, effects[i].op, results[i]);
      for (const DeliveryEffect& delivery : deliveries) {
        DeliveryReport report;
        const Error error = deliver(delivery, {store, compressor}, report);
        firehose.on_done(now, delivery.op, error, report);
      }
    }
  }

  MemoryDisk& disk;
  Random random;
  ObjectStore store;
  JournalWriter journal;
  Firehose firehose;
  std::map<uint64_t, FirehoseReply> replies;
  uint64_t requests = 0;
  int64_t now = 1'795'353'600'000;
};

// How often each record is in the lake.
std::map<std::string, int> lake_of(const Machine& machine) {
  std::map<std::string, int> count;
  const auto keys = machine.store.keys("lake", "");
  REQUIRE(keys);
  for (const std::string& key : keys.value()) {
    const std::string bytes = machine.store.read("lake", key, 0, 1'000'000).value();
    size_t at = 0;
    for (size_t end = bytes.find('\n'); end != std::string::npos; end = bytes.find('\n', at)) {
      ++count[bytes.substr(at, end - at)];
      at = end + 1;
    }
    REQUIRE(at == bytes.size());
  }
  return count;
}

using Acknowledged = std::map<std::string, bool>;

// Two streams, several buffers, a full drain in the middle.
void run_story(Machine& machine, Acknowledged& acknowledged) {
  const auto put = [&](const std::string& stream, const std::string& record) {
    acknowledged[record] = machine.put(stream, record);
  };
  machine.create("a", Compression::none);
  machine.create("b", Compression::none);
  for (int i = 0; i < 3; ++i) put("a", "first-" + std::to_string(i));
  put("b", "other-0");
  machine.now += 11'000;
  machine.firehose.tick(machine.now);
  machine.run();
  for (int i = 0; i < 2; ++i) put("a", "second-" + std::to_string(i));
  machine.flush();
  put("b", "other-1");
  put("a", "third-0");
}

void check_lake(const Machine& machine, const Acknowledged& acknowledged) {
  const auto lake = lake_of(machine);
  for (const auto& [record, was_acknowledged] : acknowledged) {
    CAPTURE(record, was_acknowledged);
    const auto found = lake.find(record);
    const int copies = found == lake.end() ? 0 : found->second;
    REQUIRE(copies <= 1);
    if (was_acknowledged) REQUIRE(copies == 1);
  }
}

}  // namespace

namespace {

// How many operations the story takes when nothing fails.
uint64_t story_operations() {
  MemoryDisk disk;
  Machine machine(disk, 1);
  REQUIRE(machine.start());
  const uint64_t before = disk.operations();
  Acknowledged acknowledged;
  run_story(machine, acknowledged);
  return disk.operations() - before;
}

}  // namespace

TEST_CASE("crash: power cut at each operation, and again at each operation of the recovery") {
  const uint64_t operations = story_operations();
  REQUIRE(operations > 40);
  for (uint64_t first = 1; first <= operations + 1; ++first) {
    bool is_recovered = false;
    for (uint64_t second = 1; !is_recovered; ++second) {
      CAPTURE(first, second);
      MemoryDisk disk;
      Acknowledged acknowledged;
      {
        Machine machine(disk, 1);
        REQUIRE(machine.start());
        disk.cut_power_at(disk.operations() + first);
        run_story(machine, acknowledged);
      }
      disk.crash();
      const uint64_t cut = disk.operations() + second;
      disk.cut_power_at(cut);
      {
        Machine machine(disk, 2);
        if (machine.start()) {
          acknowledged["in between"] = machine.put("a", "in between");
          machine.drain();
        }
        is_recovered = disk.operations() < cut;
      }
      disk.crash();
      Machine machine(disk, 3);
      REQUIRE(machine.start());
      machine.drain();
      check_lake(machine, acknowledged);
    }
  }
}

TEST_CASE("crash: each operation, and some after it, failing, with the machine going on") {
  const uint64_t count = GENERATE(as<uint64_t>{}, 1, 2, 3, 5);
  uint64_t operations = UINT64_MAX;
  int refused = 0;
  for (uint64_t step = 1; step <= operations; ++step) {
    MemoryDisk disk;
    Machine machine(disk, 1);
    REQUIRE(machine.start());
    const uint64_t before = disk.operations();
    disk.fail_at(before + step, step % 2 == 0 ? Error::io : Error::out_of_space, count);
    Acknowledged acknowledged;
    run_story(machine, acknowledged);
    operations = disk.operations() - before;
    machine.drain();
    CAPTURE(step, count);
    check_lake(machine, acknowledged);
    const auto lake = lake_of(machine);
    for (const auto& [record, was_acknowledged] : acknowledged) {
      // No crash, so nothing that was refused may appear either.
      if (!was_acknowledged) REQUIRE_FALSE(lake.contains(record));
      refused += was_acknowledged ? 0 : 1;
    }
  }
  REQUIRE(refused > 5);
}

TEST_CASE("crash: kill without power loss keeps everything written, also what was never synced") {
  // A kill -9 loses the process, not the page cache: nothing is rolled back here.
  MemoryDisk disk;
  Acknowledged acknowledged;
  {
    Machine machine(disk, 1);
    REQUIRE(machine.start());
    run_story(machine, acknowledged);
  }
  Machine machine(disk, 2);
  REQUIRE(machine.start());
  machine.drain();
  check_lake(machine, acknowledged);
  REQUIRE(std::all_of(acknowledged.begin(), acknowledged.end(),
                      [](const auto& a) { return a.second; }));
}

TEST_CASE("crash: a full disk refuses, and all acknowledged arrives when there is room") {
  MemoryDisk disk;
  Machine machine(disk, 1);
  REQUIRE(machine.start());
  machine.create("a", Compression::gzip);
  Acknowledged acknowledged;
  acknowledged["before"] = machine.put("a", "before");
  REQUIRE(acknowledged["before"]);
  disk.limit_bytes(1);
  for (int i = 0; i < 3; ++i) {
    REQUIRE_FALSE(machine.put("a", "refused"));
    const auto& error = std::get<AwsError>(machine.replies.at(machine.requests));
    REQUIRE(error.http_status == 503);
    REQUIRE(error.code == "ServiceUnavailableException");
  }
  machine.drain();
  REQUIRE(machine.store.keys("lake", "").value().empty());
  disk.limit_bytes(1'000'000);
  machine.drain();
  REQUIRE(machine.put("a", "after"));
  machine.drain();
  REQUIRE(machine.store.keys("lake", "").value().size() == 2);
}
