#include "simulator/http/event_services.h"

#include <array>
#include <stdexcept>

#include "simulator/lake/object_store.h"

namespace edgehose {
namespace {

// Kinds of records by the service that wrote them.
constexpr uint32_t kOfNotifications = 16;
constexpr uint32_t kOfLambda = 32;

std::string body_digest(std::string_view bytes) {
  const std::array<std::string_view, 1> parts = {bytes};
  return md5_hex(parts);
}

std::string runtime_of(const HandlerFile& file) {
  return file.path.ends_with(".py") ? "python3.11" : "nodejs22.x";
}

}  // namespace

Error FunctionObjects::meet_fault(std::string_view operation, const std::string& bucket) {
  const FaultDecision fault = gate_.decide({FaultService::s3, operation, bucket});
  if (fault.latency_ms > 0) gate_.wait(fault.latency_ms);
  return fault.error ? Error::io : Error::none;
}

Result<std::string> FunctionObjects::get(const std::string& bucket, const std::string& key) {
  ++meters_.gets;
  if (meet_fault("GetObject", bucket) != Error::none) return Error::io;
  auto content = s3_.get_object(bucket, key, std::nullopt);
  if (!content) return content.error().http_status == 404 ? Error::not_found : Error::io;
  return std::move(content.value().bytes);
}

Error FunctionObjects::put(const std::string& bucket, const std::string& key,
                           std::string_view bytes) {
  ++meters_.puts;
  if (meet_fault("PutObject", bucket) != Error::none) return Error::io;
  const auto info = s3_.put_object(bucket, key, bytes, {});
  if (!info) return info.error().http_status == 404 ? Error::not_found : Error::io;
  meters_.put_bytes += bytes.size();
  if (host_ == nullptr || !host_->has_notifications(bucket)) return Error::none;
  return host_->notify({"ObjectCreated:Put", bucket, key, info.value().bytes, info.value().etag});
}

FunctionTable::FunctionTable(const std::vector<std::string>& specifications,
                             const std::string& log_folder, const std::string& region,
                             const std::string& account, const Clock& wall_clock,
                             const MakeBuiltin& make, ObjectAccess& objects) {
  std::vector<HandlerFile> files;
  for (const std::string& text : specifications) {
    const size_t equals = text.find('=');
    const size_t colon = text.find(':', equals == std::string::npos ? 0 : equals);
    if (make && equals != std::string::npos && equals > 0 && colon != std::string::npos) {
      const std::string kind = text.substr(equals + 1, colon - equals - 1);
      auto function = make(kind, text.substr(colon + 1), objects);
      if (function != nullptr) {
        const std::string name = text.substr(0, equals);
        builtins_[name] = std::move(function);
        infos_.push_back({.name = name, .runtime = "provided.al2023", .handler = kind});
        continue;
      }
    }
    HandlerFile& file = files.emplace_back();
    const std::string fault = read_handler_option(text, file);
    if (!fault.empty()) {
      throw std::runtime_error(std::string("--function ").append(text).append(": ").append(fault));
    }
    file.path = absolute_path(file.path);
    file.log_path = log_folder + "/" + file.name + ".log";
    infos_.push_back({.name = file.name,
                      .runtime = runtime_of(file),
                      .handler = file.handler,
                      .timeout_s = file.timeout_ms / 1'000,
                      .memory_mib = file.memory_mib});
  }
  handlers_ = std::make_unique<HandlerFunctions>(std::move(files), region, account, wall_clock);
}

bool FunctionTable::has(std::string_view arn) const {
  return builtins_.contains(function_named(arn)) || handlers_->has(arn);
}

InvokeResult FunctionTable::invoke(std::string_view arn, std::string_view payload) {
  const auto builtin = builtins_.find(function_named(arn));
  return builtin == builtins_.end() ? handlers_->invoke(arn, payload)
                                    : builtin->second->invoke(payload);
}

EventServices::EventServices(const EventServicesOptions& options, const EventServicesWorld& world)
    : random_(options.seed),
      objects_(world.s3, world.meters, world.gate),
      table_(options.functions, options.data + "/functions", options.lambda.region,
             options.lambda.account, world.wall_clock, world.make, objects_),
      faulty_(table_, world.gate),
      is_up_([&gate = world.gate](std::string_view operation, const std::string& queue) {
        return !gate.decide({FaultService::sqs, operation, queue}).error;
      }),
      sqs_(options.sqs, random_),
      lambda_(options.lambda, table_.functions(), sqs_, random_, is_up_),
      notifications_(options.notifications, sqs_, random_, body_digest, is_up_),
      log_(world.disk, options.data + "/events/log", restore(options, world.disk)),
      host_({sqs_, lambda_, notifications_, world.clock, log_, faulty_}),
      hosted_(host_),
      sqs_protocol_(host_),
      lambda_protocol_(host_) {
  objects_.tell(host_);
}

// How many bytes of the log are whole.
uint64_t EventServices::restore(const EventServicesOptions& options, const PosixDisk& disk) {
  const std::string path = options.data + "/events/log";
  const auto file = disk.read(path);
  if (!file && file.error() == Error::not_found) return 0;
  if (!file) throw std::runtime_error(path + ": the disk refused");
  const LogFile log = read_log(file.value());
  std::vector<LogRecord> sqs;
  std::vector<LogRecord> notifications;
  std::vector<LogRecord> lambda;
  for (const LogRecord& record : log.records) {
    (record.kind < kOfNotifications ? sqs
     : record.kind < kOfLambda      ? notifications
                                    : lambda)
        .push_back(record);
  }
  if (sqs_.restore(sqs) + notifications_.restore(notifications) + lambda_.restore(lambda) != 0) {
    throw std::runtime_error(path + ": its content is damaged");
  }
  return log.good_bytes;
}

}  // namespace edgehose
