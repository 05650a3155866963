#include "simulator/http/up_command.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>

#include "simulator/adapters/compressors.h"
#include "simulator/adapters/handler_functions.h"
#include "simulator/adapters/jq_engine.h"
#include "simulator/adapters/time_zones.h"
#include "simulator/engine/posix_disk.h"
#include "simulator/http/fault_json.h"
#include "simulator/http/frontend.h"
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
    return sink_.put_delivered(bucket, key, parts);
  }

 private:
  ObjectSink& sink_;
  S3Meters& meters_;
};

std::string absolute(const std::string& path) {
  if (path.starts_with('/')) return path;
  std::string here(4096, '\0');
  if (::getcwd(here.data(), here.size()) == nullptr) return path;
  here.resize(here.find('\0'));
  return here + "/" + path;
}

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

// Throws std::runtime_error with what is wrong.
std::vector<HandlerFile> handler_files(const UpOptions& options, const std::string& data) {
  std::vector<HandlerFile> files;
  for (const std::string& text : options.functions) {
    HandlerFile& file = files.emplace_back();
    const std::string fault = read_handler_option(text, file);
    if (!fault.empty())
      throw std::runtime_error(std::string("--function ").append(text).append(": ").append(fault));
    file.path = absolute(file.path);
    file.log_path = data + "/functions/" + file.name + ".log";
  }
  return files;
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
  const std::string path = absolute(options.faults);
  const auto text = disk.read(path);
  if (!text) throw std::runtime_error("--faults " + options.faults + ": cannot be read");
  gate.with_plan([&](FaultPlan& plan, int64_t now_ms) {
    auto read = read_fault_file(text.value(), now_ms);
    if (const auto* wrong = std::get_if<FaultProblem>(&read)) {
      throw std::runtime_error("--faults " + options.faults + ": " + wrong->place + " " +
                               wrong->what + "\n  mend: " + wrong->mend);
    }
    for (FaultRule& fault : *std::get_if<std::vector<FaultRule>>(&read)) {
      (void)plan.add(now_ms, std::move(fault));
    }
  });
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

void serve(const UpOptions& options, std::ostream& out) {
  raise_file_limit();
  keep_freed_memory();
  const std::string data = absolute(options.data);
  const RealClock clock(options.clock_speed);
  Random random(options.seed == 0 ? real_random_seed() : options.seed);
  Random request_ids(random.next());
  PosixDisk disk(options.no_fsync ? Fsync::off : Fsync::on);
  check(disk.make_folders(data + "/firehose"), data + "/firehose");
  const FolderLock lock(data);

  ObjectStore store(disk, data);
  check(store.open(), data + "/s3");
  make_buckets(options, store, clock.now_ms());

  const RealClock wall_clock;
  const DateTimeZones zones;
  const JqEngine jq;
  const FirehoseOptions settings = firehose_options(options);
  HandlerFunctions functions(handler_files(options, data), settings.region, settings.account,
                             wall_clock);
  if (!options.functions.empty())
    check(disk.make_folders(data + "/functions"), data + "/functions");
  const ProcessingWorld processing{&zones, &jq, &functions, options.active_partitions};
  Firehose firehose(settings, random, processing);
  JournalWriter journal(disk, data + "/firehose");
  auto found = read_journal(disk, data + "/firehose");
  check(found.error(), data + "/firehose");
  adopt(journal, found.value());
  firehose.restore(clock.now_ms(), std::move(found).value());

  S3Meters meters;
  FaultGate gate(random.next(), clock, wall_clock);
  load_faults(options, disk, gate);
  MeteredSink metered(store, meters);
  FaultySink sink(metered, gate);
  const Compressors compressor;
  JournalOutputs outputs(disk, data + "/firehose");
  FirehoseHost host(firehose, clock, journal,
                    {.sink = sink,
                     .compressor = compressor,
                     .outputs = &outputs,
                     .processing = &processing,
                     .region = settings.region,
                     .account = settings.account,
                     .planted = settings.planted});
  FirehoseProtocol protocol(host);
  S3 s3(store, options.region);
  S3Protocol s3_protocol(s3, meters, clock);
  FaultControl faults(gate, host, options.control ? ControlAccess::on : ControlAccess::off);
  Control control(host, meters, clock, &faults);
  WorkerPool workers(kDiskThreads);
  Frontend frontend({protocol, s3_protocol, control, workers, wall_clock, request_ids, &gate},
                    credentials_of(options));
  HttpServer server({.port = options.port}, frontend);

  const nlohmann::json ready = {{"endpoint", "http://127.0.0.1:" + std::to_string(server.port())},
                                {"data", data},
                                {"quota", options.quota}};
  out << ready.dump() << std::endl;
  server.run();
  // Callbacks that still wait hold sessions of the server: they go first.
  gate.stop();
  host.stop();
  workers.stop();
  print_balance(host, out);
}

}  // namespace

int run_up(const UpOptions& options, std::ostream& out, std::ostream& err) {
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
  if (options.access_key_id.empty() != options.secret_access_key.empty()) {
    err << "edgehose up: give both --access-key-id and --secret-access-key, or neither\n";
    return 2;
  }
  // A file that may not grow (ulimit -f) is then an error of write, like a full disk, not the end.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    serve(options, out);
    return 0;
  } catch (const std::exception& failure) {
    err << "edgehose up: " << failure.what() << "\n";
    return 1;
  }
}

}  // namespace edgehose
