#include "simulator/services/firehose/firehose.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>

#include "tests/unit/simulator/services/firehose/fakes.h"

using namespace edgehose;

namespace {

constexpr int64_t kStart = 1'795'353'600'000;  // 2026-11-22T13:20:00Z

// Drives the state machine by hand: effects wait in queues until a test lets them happen.
class Driver {
 public:
  explicit Driver(FirehoseOptions options = {})
      : random(1), firehose(std::move(options), random, {.functions = &functions}) {}

  StreamConfig config(const std::string& name, uint32_t interval_s = 60, uint32_t mib = 1) const {
    StreamConfig made;
    made.name = name;
    made.role_arn = "arn:aws:iam::000000000000:role/firehose";
    made.bucket = "lake";
    made.prefix = name + "/!{timestamp:HHmmss}/";
    made.error_output_prefix = "errors/";
    made.buffer_interval_s = interval_s;
    made.buffer_mib = mib;
    return made;
  }

  void create(const std::string& name, uint32_t interval_s = 60, uint32_t mib = 1) {
    firehose.create(now, ++request, config(name, interval_s, mib));
    run_all();
    REQUIRE(std::holds_alternative<CreateReply>(replies.at(request)));
  }

  // The request's number; its reply is in `replies` when it was given.
  uint64_t put(const std::string& name, const std::vector<std::string>& records,
               PutKind kind = PutKind::batch) {
    FrameBuilder rows(0);
    for (const std::string& record : records) rows.add(record);
    firehose.put(now, ++request, name, kind, std::move(rows));
    collect();
    return request;
  }

  void collect() {
    for (auto& effect : firehose.take_journal_effects()) journal.push_back(std::move(effect));
    for (auto& effect : firehose.take_delivery_effects()) deliveries.push_back(std::move(effect));
    for (auto& answer : firehose.take_answers()) {
      REQUIRE(replies.emplace(answer.request_id, std::move(answer.reply)).second);
    }
  }

  void journal_done(Error error = Error::none) {
    REQUIRE_FALSE(journal.empty());
    const JournalEffect effect = std::move(journal.front());
    journal.pop_front();
    firehose.on_done(now, effect.op, error);
    collect();
  }

  void delivery_done(Error error = Error::none) {
    REQUIRE_FALSE(deliveries.empty());
    const DeliveryEffect effect = std::move(deliveries.front());
    deliveries.pop_front();
    if (error == Error::none) {
      std::string content;
      for (const FramePtr& frame : effect.frames) content.append(frame->payload());
      objects[effect.key] = content;
    }
    firehose.on_done(now, effect.op, error, {.bytes = 1});
    collect();
  }

  void run_all() {
    collect();
    while (!journal.empty() || !deliveries.empty()) {
      if (!journal.empty()) {
        journal_done();
      } else {
        delivery_done();
      }
    }
  }

  void tick_at(int64_t at) {
    now = at;
    firehose.tick(now);
    collect();
  }

  template <typename Reply>
  const Reply& reply(uint64_t id) const {
    const auto found = replies.find(id);
    REQUIRE(found != replies.end());
    const Reply* given = std::get_if<Reply>(&found->second);
    REQUIRE(given != nullptr);
    return *given;
  }

  FakeInvoker functions;
  Random random;
  Firehose firehose;
  int64_t now = kStart;
  uint64_t request = 0;
  std::deque<JournalEffect> journal;
  std::deque<DeliveryEffect> deliveries;
  std::map<uint64_t, FirehoseReply> replies;
  std::map<std::string, std::string> objects;
};

FirehoseOptions with_quota(const char* profile) {
  FirehoseOptions options;
  options.quota = *find_quota_profile(profile);
  return options;
}

}  // namespace

TEST_CASE("firehose: an answer leaves only when its records are in the journal") {
  Driver driver;
  driver.create("a");
  const uint64_t first = driver.put("a", {"1", "2"});
  const uint64_t second = driver.put("a", {"3"}, PutKind::single);
  REQUIRE_FALSE(driver.replies.contains(first));
  driver.journal_done();
  REQUIRE(driver.reply<PutReply>(first).rows == 2);
  REQUIRE_FALSE(driver.replies.contains(second));
  driver.journal_done();
  REQUIRE(driver.reply<PutReply>(second).is_single);
  REQUIRE(driver.reply<PutReply>(second).first_record ==
          driver.reply<PutReply>(first).first_record + 2);
}

TEST_CASE("firehose: a buffer goes out when its oldest record is as old as the interval") {
  Driver driver;
  driver.create("a", 60);
  driver.now = kStart + 5'000;
  driver.put("a", {"1\n"});
  driver.now = kStart + 50'000;
  driver.put("a", {"2\n"});
  driver.run_all();
  REQUIRE(driver.firehose.next_due_ms() == kStart + 65'000);
  driver.tick_at(kStart + 64'999);
  driver.run_all();
  REQUIRE(driver.objects.empty());
  driver.tick_at(kStart + 65'000);
  driver.run_all();
  REQUIRE(driver.objects.size() == 1);
  // The key's time is the oldest record's arrival, not the delivery's.
  REQUIRE(driver.objects.begin()->first.starts_with("a/132005/a-1-2026-11-22-13-20-05-"));
  REQUIRE(driver.objects.begin()->second == "1\n2\n");
  REQUIRE(driver.firehose.next_due_ms() == INT64_MAX);
}

TEST_CASE("firehose: of many buffers the one that is due first wakes it, whatever was put when") {
  Driver driver;
  driver.create("slow", 300);
  driver.create("fast", 60);
  driver.create("none", 0);
  const auto due_s = [&] { return (driver.firehose.next_due_ms() - kStart) / 1'000; };
  REQUIRE(driver.firehose.next_due_ms() == INT64_MAX);
  driver.put("slow", {"1\n"});
  REQUIRE(due_s() == 300);
  driver.now = kStart + 10'000;
  driver.put("fast", {"2\n"});
  REQUIRE(due_s() == 70);
  driver.now = kStart + 20'000;
  driver.put("fast", {"3\n"});
  REQUIRE(due_s() == 70);
  driver.run_all();
  driver.tick_at(kStart + 70'000);
  driver.run_all();
  REQUIRE(due_s() == 300);
  driver.put("fast", {"4\n"});
  REQUIRE(due_s() == 130);
  driver.now = kStart + 80'000;
  driver.put("fast", {"5\n"});
  // A first record that the journal refuses was never there.
  driver.journal_done(Error::io);
  REQUIRE(due_s() == 140);
  // Zero buffering waits for nothing; while its object is under way it waits for that.
  driver.put("none", {"6\n"});
  REQUIRE(driver.firehose.next_due_ms() > driver.now);
  driver.put("none", {"7\n"});
  REQUIRE(due_s() == 140);
  driver.run_all();
  REQUIRE(due_s() == 140);
  // A full buffer leaves at once.
  driver.put("fast", {std::string(1'000'000, 'x'), std::string(500'000, 'x')});
  REQUIRE(due_s() == 300);
  driver.firehose.flush(driver.now, ++driver.request);
  driver.run_all();
  REQUIRE(driver.firehose.next_due_ms() == INT64_MAX);
}

TEST_CASE("firehose: a buffer goes out when it is full, and the next record opens another") {
  Driver driver;
  driver.create("a", 900, 1);
  driver.put("a", {std::string(500'000, 'x')});
  driver.put("a", {std::string(548'576, 'y')});
  driver.put("a", {"z"});
  driver.run_all();
  REQUIRE(driver.objects.size() == 1);
  REQUIRE(driver.objects.begin()->second.size() == 1'048'576);
  const auto view = driver.firehose.describe("a");
  REQUIRE(view.value().buffered_records == 1);
  REQUIRE(view.value().buffered_bytes == 1);
  REQUIRE(view.value().counters.delivered_records == 2);
}

TEST_CASE("firehose: zero buffering gathers what arrives while an object is written") {
  Driver driver;
  driver.create("a", 0);
  driver.put("a", {"1"});
  driver.put("a", {"2"});
  driver.put("a", {"3"});
  driver.run_all();
  REQUIRE(driver.objects.size() == 2);
  std::string all;
  for (const auto& [key, content] : driver.objects) all += content.size() == 1 ? "1" : "2";
  REQUIRE((all == "12" || all == "21"));
}

TEST_CASE("firehose: a segment is sealed, delivered and removed in this order, by one key") {
  Driver driver;
  driver.create("a");
  driver.put("a", {"1"});
  driver.tick_at(kStart + 60'000);
  REQUIRE(driver.journal.size() == 2);
  REQUIRE(driver.journal[1].kind == JournalEffect::Kind::seal);
  driver.journal_done();
  REQUIRE(driver.deliveries.empty());
  const auto sealed = read_frames(driver.journal[0].frame->bytes).seal;
  driver.journal_done();
  REQUIRE(driver.deliveries.size() == 1);
  REQUIRE(sealed->bucket == "lake");
  REQUIRE(sealed->key == driver.deliveries[0].key);
  driver.delivery_done();
  REQUIRE(driver.journal.at(0).kind == JournalEffect::Kind::remove_segment);
}

TEST_CASE("firehose: what the journal refuses is not acknowledged and not delivered") {
  Driver driver;
  driver.create("a");
  const uint64_t lost = driver.put("a", {"lost"});
  driver.put("a", {"kept"});
  driver.journal_done(Error::out_of_space);
  driver.journal_done();
  const auto& error = driver.reply<AwsError>(lost);
  REQUIRE(error.code == "ServiceUnavailableException");
  REQUIRE(error.http_status == 503);
  REQUIRE_THAT(error.message, Catch::Contains("disk is full"));
  driver.tick_at(kStart + 60'000);
  driver.run_all();
  REQUIRE(driver.objects.size() == 1);
  REQUIRE(driver.objects.begin()->second == "kept");
}

TEST_CASE("firehose: a buffer whose every append failed leaves no object") {
  Driver driver;
  driver.create("a");
  driver.put("a", {"lost"});
  driver.journal_done(Error::io);
  driver.tick_at(kStart + 60'000);
  driver.run_all();
  REQUIRE(driver.objects.empty());
  driver.put("a", {"later"});
  REQUIRE(driver.firehose.next_due_ms() == driver.now + 60'000);
}

TEST_CASE("firehose: failed seals, deliveries and removals are tried again, with the same key") {
  Driver driver;
  driver.create("a");
  driver.put("a", {"1"});
  driver.run_all();
  driver.tick_at(kStart + 60'000);
  const std::string sealed(driver.journal.at(0).frame->payload());
  driver.journal_done(Error::out_of_space);
  REQUIRE(driver.firehose.next_due_ms() == driver.now + 1'000);
  driver.tick_at(driver.now + 1'000);
  REQUIRE(driver.journal.at(0).frame->payload() == sealed);
  driver.journal_done();
  driver.delivery_done(Error::not_found);
  driver.tick_at(driver.now + 1'000);
  REQUIRE(sealed.find("\n" + driver.deliveries.at(0).key) != std::string::npos);
  driver.delivery_done();
  driver.journal_done(Error::io);
  driver.tick_at(driver.now + 1'000);
  driver.run_all();
  REQUIRE(driver.objects.size() == 1);
  REQUIRE(driver.firehose.describe("a").value().counters.delivered_objects == 1);
  REQUIRE(driver.firehose.describe("a").value().counters.delivery_failures == 1);
}

TEST_CASE("firehose: rows above the quota fail alone, calls above it whole") {
  Driver driver(with_quota("tokyo-2020"));
  driver.create("a", 900, 128);
  const std::string half(600'000, 'x');
  const uint64_t batch = driver.put("a", {half, half, "small"});
  driver.run_all();
  REQUIRE(driver.reply<PutReply>(batch).throttled == std::vector<uint8_t>{0, 1, 0});
  const auto view = driver.firehose.describe("a").value();
  REQUIRE(view.buffered_bytes == 600'005);
  REQUIRE(view.counters.records == 2);
  REQUIRE(view.counters.throttled_records == 1);
  const uint64_t single = driver.put("a", {half}, PutKind::single);
  REQUIRE(driver.reply<AwsError>(single).http_status == 500);
  REQUIRE(driver.reply<AwsError>(single).message == "Slow down.");
  for (int i = 0; i < 999; ++i) driver.put("a", {"x"});
  const uint64_t call = driver.put("a", {"x", "y"});
  REQUIRE(driver.reply<AwsError>(call).code == "ServiceUnavailableException");
  REQUIRE(driver.firehose.describe("a").value().counters.throttled_requests == 2);
}

TEST_CASE("firehose: a batch with every row throttled is answered without the journal") {
  Driver driver(with_quota("tokyo-2020"));
  driver.create("a", 900, 128);
  driver.put("a", {std::string(1'000'000, 'x')});
  driver.run_all();
  const uint64_t none = driver.put("a", {std::string(100'000, 'x')});
  REQUIRE(driver.journal.empty());
  REQUIRE(driver.reply<PutReply>(none).throttled == std::vector<uint8_t>{1});
}

TEST_CASE("firehose: counts records, lines and what they bill, together and each alone") {
  Driver driver;
  driver.create("a");
  driver.put("a", {"one\ntwo\n", "three", "", std::string(5'121, 'x')});
  driver.run_all();
  const StreamCounters& counters = driver.firehose.describe("a").value().counters;
  REQUIRE(counters.records == 4);
  REQUIRE(counters.lines == 4);
  REQUIRE(counters.bytes == 8 + 5 + 5'121);
  REQUIRE(counters.billed_bytes == 5'120 + 5'120 + 0 + 10'240);
  REQUIRE(counters.billed_bytes_single == 5'120 * 3 + 10'240);
  driver.now += 1'000;
  driver.put("a", {"x"});
  driver.put("a", {"y"});
  REQUIRE(counters.peak.records == 4);
  REQUIRE(counters.peak.requests == 2);
}

TEST_CASE("firehose: names, order and errors of streams") {
  FirehoseOptions options;
  options.streams_max = 3;
  Driver driver(options);
  for (const char* name : {"b", "c", "a"}) driver.create(name);
  bool has_more = false;
  REQUIRE(driver.firehose.list("", 2, has_more) == std::vector<std::string>{"a", "b"});
  REQUIRE(has_more);
  REQUIRE(driver.firehose.list("a", 2, has_more) == std::vector<std::string>{"b", "c"});
  REQUIRE_FALSE(has_more);
  driver.firehose.create(driver.now, 100, driver.config("a"));
  driver.firehose.create(driver.now, 101, driver.config("d"));
  auto bad = driver.config("e");
  bad.buffer_mib = 0;
  driver.firehose.create(driver.now, 102, bad);
  driver.firehose.erase(driver.now, 103, "nobody");
  driver.put("nobody", {"x"});
  driver.collect();
  REQUIRE(driver.reply<AwsError>(100).message ==
          "Firehose a under accountId 000000000000 already exists");
  REQUIRE(driver.reply<AwsError>(101).code == "LimitExceededException");
  REQUIRE(driver.reply<AwsError>(102).code == "InvalidArgumentException");
  REQUIRE(driver.reply<AwsError>(103).code == "ResourceNotFoundException");
  REQUIRE(driver.reply<AwsError>(driver.request).message ==
          "Firehose nobody under account 000000000000 not found.");
}

TEST_CASE("firehose: a stream exists once its description is stored") {
  Driver driver;
  driver.firehose.create(driver.now, 1, driver.config("a"));
  driver.collect();
  REQUIRE_FALSE(driver.firehose.describe("a"));
  driver.journal_done(Error::io);
  REQUIRE(driver.reply<AwsError>(1).http_status == 503);
  driver.request = 1;
  driver.create("a");
  REQUIRE(driver.firehose.describe("a"));
}

TEST_CASE("firehose: a deleted stream delivers what it holds and is gone") {
  Driver driver;
  driver.create("a", 900);
  driver.put("a", {"held"});
  driver.journal_done();
  driver.firehose.erase(driver.now, 50, "a");
  driver.collect();
  driver.journal_done();
  REQUIRE(std::holds_alternative<ChangeReply>(driver.replies.at(50)));
  REQUIRE(driver.firehose.describe("a").value().config.is_deleting);
  const uint64_t late = driver.put("a", {"late"});
  REQUIRE(driver.reply<AwsError>(late).code == "ResourceNotFoundException");
  driver.run_all();
  REQUIRE(driver.objects.size() == 1);
  REQUIRE_FALSE(driver.firehose.describe("a"));
}

TEST_CASE("firehose: a flush is answered when all that was buffered is in objects") {
  Driver driver;
  driver.create("a", 900);
  driver.create("b", 900);
  driver.put("a", {"1"});
  driver.put("b", {"2"});
  driver.firehose.flush(driver.now, 50);
  driver.collect();
  while (!driver.journal.empty() || !driver.deliveries.empty()) {
    REQUIRE_FALSE(driver.replies.contains(50));
    if (!driver.journal.empty()) {
      driver.journal_done();
    } else {
      driver.delivery_done();
    }
  }
  REQUIRE(driver.reply<FlushReply>(50).delivered_objects == 2);
  driver.firehose.flush(driver.now, 51);
  driver.collect();
  REQUIRE(driver.reply<FlushReply>(51).delivered_objects == 0);
}

TEST_CASE("firehose: bytes held have a bound, and room comes back with delivery") {
  FirehoseOptions options;
  options.held_bytes_max = 10;
  Driver driver(options);
  driver.create("a", 1);
  driver.put("a", {"12345678"});
  const uint64_t refused = driver.put("a", {"123"});
  REQUIRE(driver.reply<AwsError>(refused).http_status == 503);
  driver.tick_at(kStart + 1'000);
  driver.run_all();
  const uint64_t taken = driver.put("a", {"123"});
  driver.run_all();
  REQUIRE(driver.reply<PutReply>(taken).rows == 1);
}

TEST_CASE("firehose: a planted drop acknowledges the 5th record and throws it away") {
  FirehoseOptions options;
  options.planted = PlantedFault::drop_record;
  Driver driver(options);
  driver.create("a", 1);
  const uint64_t put = driver.put("a", {"1", "2", "3", "4", "5", "6"});
  driver.run_all();
  REQUIRE(driver.reply<PutReply>(put).rows == 6);
  driver.tick_at(kStart + 1'000);
  driver.run_all();
  REQUIRE(driver.objects.begin()->second == "12346");
}

TEST_CASE("firehose: the bounds of a put come before everything else") {
  REQUIRE_FALSE(check_put_count(1));
  REQUIRE_FALSE(check_put_count(500));
  REQUIRE(check_put_count(0)->code == "ValidationException");
  REQUIRE_THAT(check_put_count(501)->message, Catch::Contains("less than or equal to 500"));
  FrameBuilder rows(0);
  for (int i = 0; i < 4; ++i) rows.add(std::string(1'024'000, 'x'));
  rows.add(std::string(4'194'304 - 4 * 1'024'000, 'x'));
  REQUIRE_FALSE(check_put_bytes(PutKind::batch, rows));
  rows.add("y");
  REQUIRE(check_put_bytes(PutKind::batch, rows)->message == "Records size exceeds 4 MB limit");
  FrameBuilder large(0);
  large.add(std::string(1'024'001, 'x'));
  REQUIRE_THAT(check_put_bytes(PutKind::single, large)->message, Catch::Contains("'record.data'"));
  REQUIRE_THAT(check_put_bytes(PutKind::batch, large)->message,
               Catch::Contains("'records.1.member.data'"));
}

TEST_CASE("firehose: the same inputs give the same keys") {
  std::vector<std::string> keys;
  for (int run = 0; run < 2; ++run) {
    Driver driver;
    driver.create("a", 1);
    driver.put("a", {"1"});
    driver.tick_at(kStart + 1'000);
    driver.run_all();
    keys.push_back(driver.objects.begin()->first);
  }
  REQUIRE(keys[0] == keys[1]);
}

TEST_CASE("firehose: a new stream is CREATING for a while, and takes nothing in it") {
  FirehoseOptions options;
  options.creating_ms = 5'000;
  Driver driver(options);
  driver.create("a");
  const auto status = [&] {
    return driver.firehose.status_of(driver.firehose.describe("a").value().config, driver.now);
  };
  REQUIRE(status() == StreamStatus::creating);
  const uint64_t early = driver.put("a", {"x"});
  REQUIRE(driver.reply<AwsError>(early).code == "ResourceNotFoundException");
  driver.firehose.erase(driver.now, 100, "a");
  driver.firehose.update_destination(driver.now, 101, "a", {1, driver.config("a", 10)});
  driver.firehose.set_encryption(driver.now, 102, "a", {.is_on = true});
  driver.firehose.tag(103, "a", {{"team", "data"}});
  driver.run_all();
  for (const uint64_t id : std::initializer_list<uint64_t>{100, 101, 102}) {
    REQUIRE(driver.reply<AwsError>(id).code == "ResourceInUseException");
  }
  REQUIRE(std::holds_alternative<ChangeReply>(driver.replies.at(103)));
  driver.now += 5'000;
  REQUIRE(status() == StreamStatus::active);
  const uint64_t late = driver.put("a", {"x"});
  driver.run_all();
  REQUIRE(driver.reply<PutReply>(late).rows == 1);
}

TEST_CASE("firehose: an update of the destination makes the next version, from the current one") {
  Driver driver;
  driver.create("a");
  const auto config = [&]() -> const StreamConfig& {
    return driver.firehose.describe("a").value().config;
  };
  StreamConfig to = config();
  to.buffer_interval_s = 10;
  driver.firehose.update_destination(driver.now, 100, "a", {2, to});
  driver.collect();
  REQUIRE(driver.reply<AwsError>(100).code == "ConcurrentModificationException");
  REQUIRE(driver.reply<AwsError>(100).message ==
          "Cannot update firehose: a since the current version id: 1 and specified version id: 2 "
          "do not match");
  driver.firehose.update_destination(driver.now, 101, "a", {1, to});
  driver.firehose.update_destination(driver.now, 102, "a", {1, to});
  driver.run_all();
  REQUIRE(std::holds_alternative<ChangeReply>(driver.replies.at(101)));
  REQUIRE(driver.reply<AwsError>(102).code == "ResourceInUseException");
  REQUIRE(config().version == 2);
  REQUIRE(config().updated_ms == driver.now);
  REQUIRE(config().buffer_interval_s == 10);
  // The same again changes nothing.
  driver.firehose.update_destination(driver.now + 1, 103, "a", {2, config()});
  driver.run_all();
  REQUIRE(std::holds_alternative<ChangeReply>(driver.replies.at(103)));
  REQUIRE(config().version == 2);
  to = config();
  to.buffer_mib = 1'000;
  driver.firehose.update_destination(driver.now, 104, "a", {2, to});
  driver.collect();
  REQUIRE(driver.reply<AwsError>(104).code == "InvalidArgumentException");
}

TEST_CASE("firehose: partitioning is chosen at the creation, and a backup stays on") {
  Driver driver;
  StreamConfig config = driver.config("a");
  config.has_backup = true;
  config.backup = S3Destination{};
  config.backup->bucket = "backup";
  config.backup->role_arn = config.role_arn;
  driver.firehose.create(driver.now, 100, config);
  driver.run_all();
  config = driver.firehose.describe("a").value().config;
  StreamConfig without = config;
  without.has_backup = false;
  driver.firehose.update_destination(driver.now, 101, "a", {1, without});
  StreamConfig partitioned = config;
  partitioned.is_partitioned = partitioned.is_processing = true;
  partitioned.buffer_mib = 64;
  partitioned.prefix = "!{partitionKeyFromLambda:k}/";
  partitioned.processors = {{"Lambda", {{"LambdaArn", "arn:aws:lambda:r:0:function:known"}}}};
  driver.firehose.update_destination(driver.now, 102, "a", {1, partitioned});
  driver.run_all();
  REQUIRE(driver.reply<AwsError>(101).message ==
          "S3BackupMode cannot be disabled once it is enabled.");
  REQUIRE_THAT(driver.reply<AwsError>(102).message,
               Catch::Contains("when a delivery stream is created"));
  REQUIRE(driver.firehose.describe("a").value().config.version == 1);
}

TEST_CASE("firehose: a change that the disk refuses is not made") {
  Driver driver;
  driver.create("a");
  driver.firehose.tag(100, "a", {{"k", "v"}});
  driver.collect();
  driver.journal_done(Error::out_of_space);
  REQUIRE(driver.reply<AwsError>(100).http_status == 503);
  REQUIRE(driver.firehose.describe("a").value().config.tags.empty());
  driver.firehose.tag(101, "a", {{"k", "v"}});
  driver.run_all();
  REQUIRE(driver.firehose.describe("a").value().config.tags.size() == 1);
  driver.firehose.untag(102, "a", {"k", "unknown"});
  driver.run_all();
  REQUIRE(driver.firehose.describe("a").value().config.tags.empty());
}

TEST_CASE("firehose: what is buffered goes out by the configuration of the moment it is sealed") {
  Driver driver;
  driver.create("a", 60);
  driver.put("a", {"1"});
  driver.run_all();
  StreamConfig to = driver.firehose.describe("a").value().config;
  to.prefix = "new/!{timestamp:yyyy}/";
  driver.firehose.update_destination(driver.now, 100, "a", {1, to});
  driver.run_all();
  driver.tick_at(kStart + 60'000);
  driver.run_all();
  REQUIRE(driver.objects.begin()->first.starts_with("new/2026/a-2-2026-11-22-13-20-00-"));
}

TEST_CASE("firehose: encryption starts and stops at most 25 times a day") {
  FirehoseOptions options;
  options.creating_ms = 1'000;
  Driver driver(options);
  driver.create("a");
  driver.now += 1'000;
  const auto start = [&](uint64_t id, bool on) {
    driver.firehose.set_encryption(driver.now, id, "a", {.is_on = on, .key_type = "AWS_OWNED_CMK"});
    driver.run_all();
  };
  start(100, true);
  const auto status = [&] {
    return driver.firehose.encryption_of(driver.firehose.describe("a").value().config, driver.now);
  };
  REQUIRE(status() == EncryptionStatus::enabling);
  driver.now += 1'000;
  REQUIRE(status() == EncryptionStatus::enabled);
  const uint64_t put = driver.put("a", {"x"});
  driver.run_all();
  REQUIRE(driver.reply<PutReply>(put).is_encrypted);
  for (uint64_t i = 1; i < 25; ++i) start(200 + i, i % 2 == 0);
  start(300, true);
  REQUIRE(driver.reply<AwsError>(300).code == "LimitExceededException");
  driver.now += 86'400'000;
  start(301, true);
  REQUIRE(std::holds_alternative<ChangeReply>(driver.replies.at(301)));
}

TEST_CASE("firehose: each operation of the control plane has five calls a second") {
  Driver driver;
  for (int i = 0; i < 5; ++i) REQUIRE_FALSE(driver.firehose.admit(kStart, ControlCall::describe));
  REQUIRE(driver.firehose.admit(kStart, ControlCall::describe)->code == "ThrottlingException");
  REQUIRE_FALSE(driver.firehose.admit(kStart, ControlCall::list));
  REQUIRE_FALSE(driver.firehose.admit(kStart + 200, ControlCall::describe));
  REQUIRE(driver.firehose.admit(kStart + 200, ControlCall::describe));
  FirehoseOptions options;
  options.control_calls_s = 0;
  Driver free(options);
  for (int i = 0; i < 100; ++i) REQUIRE_FALSE(free.firehose.admit(kStart, ControlCall::create));
}

TEST_CASE("firehose: what cannot be delivered is tried ever more slowly, and lost after 24 hours") {
  Driver driver;
  driver.create("a", 1);
  driver.put("a", {"lost"});
  driver.run_all();
  driver.tick_at(kStart + 1'000);
  driver.journal_done();
  const std::string key = driver.deliveries.at(0).key;
  int tries = 0;
  while (driver.journal.empty()) {
    REQUIRE(driver.deliveries.at(0).key == key);
    driver.delivery_done(Error::not_found);
    ++tries;
    if (driver.journal.empty()) driver.tick_at(driver.firehose.next_due_ms());
  }
  // A try a minute, once the wait has grown.
  REQUIRE(tries > 24 * 60);
  REQUIRE(tries < 24 * 60 + 10);
  REQUIRE(driver.now - kStart >= 86'400'000);
  REQUIRE(driver.now - kStart < 86'400'000 + 60'000);
  REQUIRE(driver.journal[0].kind == JournalEffect::Kind::lose_segment);
  driver.run_all();
  const auto view = driver.firehose.describe("a").value();
  REQUIRE(view.counters.lost_records == 1);
  REQUIRE(view.counters.delivered_records == 0);
  REQUIRE(view.buffered_records == 0);
}

TEST_CASE("firehose: a stream with processing is sealed without a key, and delivered by its seed") {
  Driver driver;
  StreamConfig config = driver.config("a", 1);
  config.is_processing = true;
  config.processors = {{"RecordDeAggregation", {{"SubRecordType", "JSON"}}}};
  driver.firehose.create(driver.now, 100, config);
  driver.run_all();
  driver.put("a", {"{}"});
  driver.run_all();
  driver.tick_at(kStart + 1'000);
  driver.journal_done();
  const DeliveryEffect first = driver.deliveries.at(0);
  REQUIRE(first.key.empty());
  REQUIRE(first.seed != 0);
  driver.delivery_done(Error::io);
  driver.tick_at(driver.now + 1'000);
  REQUIRE(driver.deliveries.at(0).seed == first.seed);
  driver.firehose.on_done(driver.now, driver.deliveries.at(0).op, Error::none,
                          {.objects = 3, .bytes = 9, .error_records = 2, .dropped_records = 1});
  const StreamCounters& counters = driver.firehose.describe("a").value().counters;
  REQUIRE(counters.delivered_objects == 3);
  REQUIRE(counters.error_records == 2);
  REQUIRE(counters.dropped_records == 1);
}

TEST_CASE("firehose: a raised quota holds once it is on disk, and after a restart") {
  Driver driver(with_quota("tokyo-2026"));
  driver.create("a");
  driver.firehose.raise_quota(++driver.request, "a", 2'097'152);
  driver.collect();
  CHECK_FALSE(driver.replies.contains(driver.request));
  CHECK(driver.firehose.describe("a").value().quota.bytes_s == 1'048'576);
  REQUIRE(driver.journal.front().kind == JournalEffect::Kind::store_quota);
  CHECK(driver.journal.front().description == "2097152");
  driver.journal_done();
  CHECK(driver.reply<RaiseReply>(driver.request).bytes_s == 2'097'152);
  const QuotaProfile raised = driver.firehose.describe("a").value().quota;
  CHECK((raised.bytes_s == 2'097'152 && raised.requests_s == 2'000));
  CHECK(raised.records_s == 200'000);

  Driver after(with_quota("tokyo-2026"));
  FoundStream found{driver.config("a"), 1, {}, {}, {}, 2'097'152};
  after.firehose.restore(kStart, {found});
  CHECK(after.firehose.describe("a").value().quota.bytes_s == 2'097'152);
}

TEST_CASE("firehose: a raise that makes no sense, or that the disk refuses, is not made") {
  Driver driver(with_quota("tokyo-2026"));
  driver.create("a");
  const auto refused = [&](const std::string& name, uint64_t bytes_s) {
    driver.firehose.raise_quota(++driver.request, name, bytes_s);
    driver.collect();
    return driver.reply<AwsError>(driver.request).code;
  };
  CHECK(refused("nobody", 2'097'152) == "ResourceNotFoundException");
  CHECK(refused("a", 1) == "InvalidArgumentException");
  CHECK(refused("a", uint64_t{1'048'576} * 1'001) == "InvalidArgumentException");
  driver.firehose.raise_quota(++driver.request, "a", 2'097'152);
  driver.collect();
  driver.journal_done(Error::io);
  CHECK(driver.reply<AwsError>(driver.request).http_status == 503);
  CHECK(driver.firehose.describe("a").value().quota.bytes_s == 1'048'576);
  Driver unlimited(with_quota("unlimited"));
  unlimited.create("a");
  unlimited.firehose.raise_quota(++unlimited.request, "a", 1);
  unlimited.collect();
  CHECK(unlimited.reply<AwsError>(unlimited.request).code == "InvalidArgumentException");
}

TEST_CASE("firehose: a stream raised fourfold writes four times the objects, each a quarter") {
  const auto objects_of = [](uint64_t factor, SmallObjects small_objects) {
    FirehoseOptions options = with_quota("tokyo-2026");
    options.quota.small_objects = small_objects;
    Driver driver(options);
    driver.create("a", 60);
    driver.firehose.raise_quota(++driver.request, "a", 1'048'576 * factor);
    driver.run_all();
    // A record a second for four minutes, driven as the host does: when something is due.
    for (int second = 0; second < 240; ++second) {
      driver.put("a", {"x"});
      driver.tick_at(driver.now + 1'000);
      driver.run_all();
    }
    size_t largest = 0;
    for (const auto& [key, content] : driver.objects) largest = std::max(largest, content.size());
    return std::pair(driver.objects.size(), largest);
  };
  CHECK(objects_of(1, SmallObjects::by_raise) == std::pair<size_t, size_t>(4, 60));
  CHECK(objects_of(4, SmallObjects::by_raise) == std::pair<size_t, size_t>(16, 15));
  CHECK(objects_of(4, SmallObjects::never) == std::pair<size_t, size_t>(4, 60));
}

TEST_CASE(
    "firehose: a stream throttled for long is raised by doubling until it is throttled no more") {
  FirehoseOptions options = with_quota("tokyo-2026");
  options.quota.auto_raise_s = 10;
  Driver driver(options);
  driver.create("a", 900, 128);
  const std::vector<std::string> three_mib(30, std::string(104'857, 'x'));
  const auto run = [&](int seconds) {
    uint64_t throttled = 0;
    for (int second = 0; second < seconds; ++second) {
      const uint64_t id = driver.put("a", three_mib);
      driver.run_all();
      const auto& flags = driver.reply<PutReply>(id).throttled;
      throttled += static_cast<uint64_t>(std::count(flags.begin(), flags.end(), 1));
      driver.now += 1'000;
    }
    return throttled;
  };
  CHECK(run(10) > 0);
  CHECK(driver.firehose.describe("a").value().quota.bytes_s == 1'048'576);
  CHECK(run(12) > 0);
  CHECK(driver.firehose.describe("a").value().quota.bytes_s == 4'194'304);
  CHECK(run(30) == 0);
  CHECK(driver.firehose.describe("a").value().quota.bytes_s == 4'194'304);
}
