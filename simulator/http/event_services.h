// The services behind the bucket: S3's notifications, queues, functions and what polls for them;
// built together, since they hang on each other.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "simulator/adapters/handler_functions.h"
#include "simulator/engine/posix_disk.h"
#include "simulator/http/control.h"
#include "simulator/http/event_host.h"
#include "simulator/http/fault_gate.h"
#include "simulator/http/lambda_protocol.h"
#include "simulator/http/sqs_protocol.h"
#include "simulator/services/lambda/builtin_function.h"
#include "simulator/services/s3/s3.h"

namespace edgehose {

// S3 as a function of this simulator calls it.
class FunctionObjects final : public ObjectAccess {
 public:
  FunctionObjects(S3& s3, S3Meters& meters, FaultGate& gate)
      : s3_(s3), meters_(meters), gate_(gate) {}
  // Objects that functions write are told of by this host.
  void tell(EventHost& host) { host_ = &host; }
  [[nodiscard]] Result<std::string> get(const std::string& bucket, const std::string& key) override;
  [[nodiscard]] Error put(const std::string& bucket, const std::string& key,
                          std::string_view bytes) override;

 private:
  [[nodiscard]] Error meet_fault(std::string_view operation, const std::string& bucket);

  S3& s3_;
  S3Meters& meters_;
  FaultGate& gate_;
  EventHost* host_ = nullptr;
};

// Users' functions and those that come with the simulator, by name.
class FunctionTable final : public FunctionInvoker {
 public:
  // `specifications` are those of --function: NAME=FILE[:HANDLER], or NAME=KIND:ARGUMENT for what
  // `make` knows. Throws std::runtime_error with what is wrong.
  FunctionTable(const std::vector<std::string>& specifications, const std::string& log_folder,
                const std::string& region, const std::string& account, const Clock& wall_clock,
                const MakeBuiltin& make, ObjectAccess& objects);
  [[nodiscard]] const std::vector<FunctionInfo>& functions() const { return infos_; }
  [[nodiscard]] bool has(std::string_view arn) const override;
  [[nodiscard]] InvokeResult invoke(std::string_view arn, std::string_view payload) override;

 private:
  std::vector<FunctionInfo> infos_;
  std::map<std::string, std::unique_ptr<BuiltinFunction>, std::less<>> builtins_;
  std::unique_ptr<HandlerFunctions> handlers_;
};

struct EventServicesOptions {
  SqsOptions sqs = {};
  LambdaOptions lambda = {};
  NotificationOptions notifications = {};
  std::vector<std::string> functions = {};
  std::string data = {};  // the folder of `edgehose up --data`
  uint64_t seed = 0;
};

// What they stand on. All outlive them.
struct EventServicesWorld {
  PosixDisk& disk;
  S3& s3;
  S3Meters& meters;
  FaultGate& gate;
  const Clock& clock;
  const Clock& wall_clock;
  const MakeBuiltin& make;
};

class EventServices {
 public:
  // Restores what the log has. Throws std::runtime_error with what is wrong, and where.
  EventServices(const EventServicesOptions& options, const EventServicesWorld& world);

  [[nodiscard]] EventHost& host() { return host_; }
  [[nodiscard]] SqsProtocol& sqs() { return sqs_protocol_; }
  [[nodiscard]] LambdaProtocol& lambda() { return lambda_protocol_; }
  // For Firehose: through Lambda, so that it counts.
  [[nodiscard]] FunctionInvoker& functions() { return hosted_; }

 private:
  uint64_t restore(const EventServicesOptions& options, const PosixDisk& disk);

  Random random_;
  FunctionObjects objects_;
  FunctionTable table_;
  FaultyFunctions faulty_;
  QueueIsUp is_up_;
  Sqs sqs_;
  Lambda lambda_;
  Notifications notifications_;
  LogWriter log_;
  EventHost host_;
  HostedFunctions hosted_;
  SqsProtocol sqs_protocol_;
  LambdaProtocol lambda_protocol_;
};

}  // namespace edgehose
