// Faults on purpose: which calls go wrong, how, and when. The plan decides and counts; whoever
// serves the call carries the decision out. The same seed and the same calls give the same
// decisions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/engine/random.h"

namespace edgehose {

// `delivery` is Firehose's own writing to S3; `s3` is what clients ask of S3. `sqs` and `lambda`
// are what anybody asks of them, S3's notifications and event source mappings too; `apigateway` is
// what clients ask of an API.
enum class FaultService : uint8_t { firehose, s3, delivery, sqs, lambda, apigateway };

inline constexpr size_t kFaultsMax = 64;
inline constexpr uint32_t kFaultLatencyMsMax = 60'000;
// Rates and shares are counted in millionths: no rounding, the same on every machine.
inline constexpr uint32_t kPerMillion = 1'000'000;

struct FaultError {
  std::string code;
  std::string message;
  uint16_t http_status = 500;
};

// What a row refused by a partial failure is told.
enum class RowFaultCode : uint8_t { service_unavailable, internal_failure };

struct FaultRule {
  FaultService service = FaultService::firehose;
  std::string operation = "*";  // an operation's name, or * for all
  std::string target = {};      // a stream, bucket, queue, function or API; empty for all
  uint32_t rate_ppm = kPerMillion;
  // Answered instead of the result.
  std::optional<FaultError> error = std::nullopt;
  // With an error: the effect takes place all the same, so that the client sends it again.
  bool duplicate = false;
  uint32_t latency_min_ms = 0;
  uint32_t latency_max_ms = 0;
  uint32_t partial_ppm = 0;  // of a batch's rows
  RowFaultCode partial_code = RowFaultCode::service_unavailable;
  // In force from `from_ms` on, and no more at `until_ms`, by the simulator's clock.
  int64_t from_ms = INT64_MIN;
  int64_t until_ms = INT64_MAX;
};

struct FaultEntry {
  uint32_t id = 0;
  FaultRule fault;
  uint64_t hits = 0;  // calls it was carried out on
};

struct FaultCall {
  FaultService service = FaultService::firehose;
  std::string_view operation;
  std::string_view target;
};

// The rows of one batch that are refused.
struct RowFault {
  uint32_t ppm = 0;
  RowFaultCode code = RowFaultCode::service_unavailable;
  uint64_t seed = 0;

  // A flag a row.
  [[nodiscard]] std::vector<uint8_t> refused(size_t rows) const;
};

struct FaultDecision {
  std::optional<FaultError> error = std::nullopt;
  bool duplicate = false;
  uint32_t latency_ms = 0;
  RowFault rows = {};
};

class FaultPlan {
 public:
  explicit FaultPlan(uint64_t seed) : random_(seed) {}

  // The new fault's number, or nothing when there are kFaultsMax that are not over yet. Of those
  // that are over the oldest makes room.
  [[nodiscard]] std::optional<uint32_t> add(int64_t now_ms, FaultRule fault);
  [[nodiscard]] bool remove(uint32_t id);
  // How many there were.
  size_t clear();

  // Of several faults that meet one call, the first error counts, the longest latency, and the
  // largest share of rows.
  [[nodiscard]] FaultDecision decide(int64_t now_ms, const FaultCall& call);
  // False: no fault of the service can meet a call now, and decide() would draw nothing.
  [[nodiscard]] bool is_active(int64_t now_ms, FaultService service) const;

  [[nodiscard]] const std::vector<FaultEntry>& entries() const { return entries_; }

 private:
  void merge(const FaultRule& fault, FaultDecision& decision);

  Random random_;
  uint32_t next_id_ = 1;
  std::vector<FaultEntry> entries_;  // by id
};

// The names in the plan's own texts: "firehose", "s3", "delivery", "sqs", ...
[[nodiscard]] std::string_view fault_service_name(FaultService service);
[[nodiscard]] std::optional<FaultService> find_fault_service(std::string_view name);
// The error that a service gives when nothing else is asked for.
[[nodiscard]] FaultError default_fault_error(FaultService service);

}  // namespace edgehose
