#include "simulator/http/up_command.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>

#include "simulator/adapters/compressors.h"
#include "simulator/adapters/jq_engine.h"
#include "simulator/adapters/time_zones.h"
#include "simulator/engine/posix_disk.h"
#include "simulator/http/event_services.h"
#include "simulator/http/fault_json.h"
#include "simulator/http/frontend.h"
#include "simulator/http/gateway_service.h"
#include "simulator/http/incidents.h"
#include "simulator/http/replay.h"
#include "simulator/http/watch_service.h"
#include "simulator/lake/object_store.h"

namespace edgehose {
namespace {

// S3 requests that wait on the disk at the same time.
constexpr uint32_t kDiskThreads = 2;

// Throws std::runtime_error with what failed and where.
void check(Error error, const std::string& what) {
  if (error == Error::none) return;
  const char* why = error == Error::out_of_space ? "the disk is full"
                    : error == Error::malformed  ? "its content is damaged"
                                                 : "the disk refused";
  throw std::runtime_error(what + ": " + why);
}

// Two simulators on one folder would write over each other's journal.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder)
      : file_(::open((folder + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    if (file_ < 0 || ::flock(file_, LOCK_EX | LOCK_NB) != 0) {
      throw std::runtime_error(folder + " is in use by another `edgehose up`, or not writable");
    }
  }
  ~FolderLock() { ::close(file_); }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int file_;
};

// Firehose's writes are S3 PUTs of the account: they are billed.
class MeteredSink final : public ObjectSink {
 public:
  MeteredSink(ObjectSink& sink, S3Meters& meters) : sink_(sink), meters_(meters) {}
  Error put_delivered(const std::string& bucket, const std::string& key,
                      std::span<const std::string_view> parts) override {
    ++meters_.puts;
    for (const std::string_view part : parts) meters_.put_bytes += part.size();
    return sink_.put_delivered(bucket, key, parts);
  }

 private:
  ObjectSink& sink_;
  S3Meters& meters_;
};

std::optional<Credentials> credentials_of(const UpOptions& options) {
  if (options.access_key_id.empty()) return std::nullopt;
  return Credentials{options.access_key_id, options.secret_access_key};
}

FirehoseOptions firehose_options(const UpOptions& options) {
  FirehoseOptions firehose;
  firehose.region = options.region;
  firehose.quota = *find_quota_profile(options.quota);
  firehose.quota.auto_raise_s = options.auto_raise_s;
  firehose.streams_max = streams_per_region(options.region);
  firehose.planted = *find_planted_fault(options.plant);
  firehose.creating_ms = int64_t{options.creating_s} * 1'000;
  const bool is_unlimited = firehose.quota.requests_s == 0;
  firehose.control_calls_s = is_unlimited ? 0 : options.control_calls_s;
  return firehose;
}

SqsOptions sqs_options(const UpOptions& options) {
  const auto ppm = [](double share) { return static_cast<uint32_t>(std::llround(share * 1e6)); };
  SqsOptions sqs;
  sqs.region = options.region;
  sqs.duplicate_ppm = ppm(options.sqs_duplicates);
  sqs.reorder_ppm = ppm(options.sqs_reorder);
  return sqs;
}

EventServicesOptions event_options(const UpOptions& options, const std::string& data,
                                   uint64_t seed) {
  EventServicesOptions events;
  events.sqs = sqs_options(options);
  events.lambda.region = events.notifications.region = options.region;
  events.functions = options.functions;
  events.data = data;
  events.seed = seed;
  return events;
}

void adopt(JournalWriter& journal, const std::vector<FoundStream>& found) {
  for (const FoundStream& stream : found) {
    for (const FoundSegment& segment : stream.segments) {
      journal.adopt_segment(stream.config.name, segment.number, segment.content.good_bytes);
    }
  }
}

// The plan of --faults. Throws std::runtime_error with what is wrong in it, and where.
void load_faults(const UpOptions& options, const PosixDisk& disk, FaultGate& gate) {
  if (options.faults.empty()) return;
  std::optional<std::string> text = incident_plan(options.faults);
  if (!text) {
    auto file = disk.read(absolute_path(options.faults));
    if (!file) throw std::runtime_error("--faults " + options.faults + ": cannot be read");
    text = std::move(file).value();
  }
  gate.with_plan([&](FaultPlan& plan, int64_t now_ms) {
    auto read = read_fault_file(*text, now_ms);
    if (const auto* wrong = std::get_if<FaultProblem>(&read)) {
      throw std::runtime_error("--faults " + options.faults + ": " + wrong->place + " " +
                               wrong->what + "\n  mend: " + wrong->mend);
    }
    for (FaultRule& fault : *std::get_if<std::vector<FaultRule>>(&read)) {
      (void)plan.add(now_ms, std::move(fault));
    }
  });
}

// The file of --alarms. Throws std::runtime_error with what is wrong in it.
AlarmFile load_alarms(const UpOptions& options, const PosixDisk& disk) {
  if (options.alarms.empty()) return {};
  const auto text = disk.read(absolute_path(options.alarms));
  if (!text) throw std::runtime_error("--alarms " + options.alarms + ": cannot be read");
  auto read = read_alarm_file(text.value());
  if (const auto* wrong = std::get_if<std::string>(&read)) {
    throw std::runtime_error("--alarms " + options.alarms + ": " + *wrong);
  }
  return std::move(*std::get_if<AlarmFile>(&read));
}

void make_buckets(const UpOptions& options, ObjectStore& store, int64_t now_ms) {
  for (const std::string& bucket : options.buckets) {
    const Error error = store.create_bucket(bucket, now_ms);
    if (error != Error::already_exists) check(error, "bucket " + bucket);
  }
}

// The most connections that a hostile test asks for need as many files.
void raise_file_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &files);
}

// Requests and frames of half a megabyte come and go: memory that is given back to the kernel after
// each of them is cleared and mapped anew for the next. This keeps some, at most kKeptBytes in each
// of two arenas.
void keep_freed_memory() {
  constexpr int kKeptBytes = 16 << 20;
  (void)::mallopt(M_ARENA_MAX, 2);
  (void)::mallopt(M_TRIM_THRESHOLD, kKeptBytes);
  (void)::mallopt(M_MMAP_THRESHOLD, kKeptBytes);
}

// Where each accepted record is at the end: delivered, or in the journal for the next start.
// Counts since the start, but for the journal.
void print_balance(FirehoseHost& host, std::ostream& out) {
  nlohmann::json balance = nlohmann::json::array();
  host.inspect([&](const Firehose& firehose) {
    for (const StreamView& stream : firehose.streams()) {
      balance.push_back({{"stream", stream.config.name},
                         {"accepted_records", stream.counters.records},
                         {"delivered_records", stream.counters.delivered_records},
                         {"delivered_objects", stream.counters.delivered_objects},
                         {"lost_records", stream.counters.lost_records},
                         {"journal_records", stream.buffered_records}});
    }
  });
  out << nlohmann::json{{"balance", balance}}.dump() << std::endl;
}

void print_ready(const UpOptions& options, const std::string& data, uint16_t port,
                 const std::optional<GatewayService>& api, std::ostream& out) {
  nlohmann::json ready = {{"endpoint", "http://127.0.0.1:" + std::to_string(port)},
                          {"data", data},
                          {"quota", options.quota}};
  if (api) ready["api"] = api->url(port);
  out << ready.dump() << std::endl;
}

GatewayServiceOptions api_options(const UpOptions& options, uint64_t seed) {
  return {.document = absolute_path(options.api),
          .port = options.api_port,
          .region = options.region,
          .account = {options.api_rate, options.api_burst},
          .seed = seed};
}

// What the journal held goes on where it was.
void restore(Firehose& firehose, JournalWriter& journal, PosixDisk& disk, const std::string& folder,
             int64_t now_ms) {
  auto found = read_journal(disk, folder);
  check(found.error(), folder);
  adopt(journal, found.value());
  firehose.restore(now_ms, std::move(found).value());
}

// A folder that is this process's until it ends.
FolderLock lock_folder(PosixDisk& disk, const std::string& data) {
  check(disk.make_folders(data + "/firehose"), data + "/firehose");
  return FolderLock(data);
}

// What the services stand on, made in this order.
struct Ground {
  explicit Ground(const UpOptions& options)
      : data(absolute_path(options.data)),
        clock(options.clock_speed),
        random(options.seed == 0 ? real_random_seed() : options.seed),
        request_ids(random.next()),
        disk(options.no_fsync ? Fsync::off : Fsync::on),
        lock(lock_folder(disk, data)),
        store(disk, data),
        gate(random.next(), clock, wall_clock),
        s3(store, options.region) {
    check(store.open(), data + "/s3");
    make_buckets(options, store, clock.now_ms());
    if (!options.functions.empty())
      check(disk.make_folders(data + "/functions"), data + "/functions");
    check(disk.make_folders(data + "/events"), data + "/events");
    load_faults(options, disk, gate);
  }

  std::string data;
  RealClock clock;
  RealClock wall_clock;
  Random random;
  Random request_ids;
  PosixDisk disk;
  FolderLock lock;
  ObjectStore store;
  S3Meters meters;
  FaultGate gate;
  S3 s3;
};

void serve(const UpOptions& options, std::ostream& out, const MakeBuiltin& make) {
  raise_file_limit();
  keep_freed_memory();
  Ground ground(options);
  auto& [data, clock, wall_clock, random, request_ids, disk, lock, store, meters, gate, s3] =
      ground;
  const DateTimeZones zones;
  const JqEngine jq;
  const FirehoseOptions settings = firehose_options(options);
  EventServices events(event_options(options, data, random.next()),
                       {disk, s3, meters, gate, clock, wall_clock, make});
  const ProcessingWorld processing{&zones, &jq, &events.functions(), options.active_partitions};
  Firehose firehose(settings, random, processing);
  JournalWriter journal(disk, data + "/firehose");
  restore(firehose, journal, disk, data + "/firehose", clock.now_ms());
  MeteredSink metered(store, meters);
  NotifyingSink notifying(metered, events.host());
  FaultySink sink(notifying, gate);
  const Compressors compressor;
  JournalOutputs outputs(disk, data + "/firehose");
  LogsProtocol logs(settings.region, settings.account);
  FirehoseHost host(firehose, clock, journal,
                    {.sink = sink,
                     .compressor = compressor,
                     .outputs = &outputs,
                     .processing = &processing,
                     .region = settings.region,
                     .account = settings.account,
                     .planted = settings.planted,
                     .log = &logs});
  FirehoseProtocol protocol(host);
  std::optional<GatewayService> api;
  if (!options.api.empty())
    api.emplace(api_options(options, random.next()),
                GatewayServiceWorld{disk, protocol, clock, wall_clock, gate});
  S3Protocol s3_protocol(s3, meters, clock, &events.host());
  const ControlAccess access = options.control ? ControlAccess::on : ControlAccess::off;
  FaultControl faults(gate, host, access);
  Control control(host, meters, clock, &faults, &events.host());
  if (api) control.add_status("apigateway", [&api] { return api->protocol().status_json(); });
  WatchService watch({clock, host, meters, settings.region, settings.account, &events.host(),
                      api ? &api->protocol() : nullptr},
                     load_alarms(options, disk));
  control.add_status("alarms", [&watch] { return watch.host().alarms_json(); });
  Replay replay(events.host(), host, s3, meters, access);
  control.let_replay(replay);
  WorkerPool workers(kDiskThreads);
  Frontend frontend(
      {protocol, s3_protocol, events.sqs(), events.lambda(), control, workers, wall_clock,
       request_ids, &gate, &watch.protocol(), &logs, api ? &api->protocol() : nullptr},
      credentials_of(options));
  HttpServer server({.port = options.port}, frontend);

  watch.start();
  print_ready(options, data, server.port(), api, out);
  server.run();
  if (api) api->finish();
  replay.stop();
  // Callbacks that still wait hold sessions of the server: they go first.
  gate.stop();
  watch.stop();
  // Deliveries that wait for a function are let go.
  events.host().stop();
  host.stop();
  workers.stop();
  print_balance(host, out);
}

}  // namespace

int run_up(const UpOptions& options, std::ostream& out, std::ostream& err,
           const MakeBuiltin& make) {
  if (find_quota_profile(options.quota) == nullptr) {
    err << "edgehose up: --quota " << options.quota << " is not known; there are";
    for (const QuotaProfile& profile : quota_profiles()) err << " " << profile.name;
    err << "\n";
    return 2;
  }
  if (!find_planted_fault(options.plant)) {
    err << "edgehose up: --plant knows drop_record and double_line\n";
    return 2;
  }
  if (options.api_port && options.api.empty()) {
    err << "edgehose up: --api-port needs the document of an API: --api FILE\n";
    return 2;
  }
  if (options.access_key_id.empty() != options.secret_access_key.empty()) {
    err << "edgehose up: give both --access-key-id and --secret-access-key, or neither\n";
    return 2;
  }
  // A file that may not grow (ulimit -f) is then an error of write, like a full disk, not the end.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    serve(options, out, make);
    return 0;
  } catch (const std::exception& failure) {
    err << "edgehose up: " << failure.what() << "\n";
    return 1;
  }
}

}  // namespace edgehose
