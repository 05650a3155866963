// Faults as JSON: what `edgehose fault` sends, a file of --faults, and what is listed. Read
// strictly: what is not known, or makes no sense, is refused with its place and how to mend it.
//
//   {"service":"s3","operation":"PutObject","bucket":"lake","rate":0.5,"error":"SlowDown",
//    "latency":"200ms..2s","from":"30s","for":"10m"}
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "simulator/engine/fault_plan.h"

namespace edgehose {

struct FaultProblem {
  std::string place;  // a JSON pointer
  std::string what;
  std::string mend;
};

// `from` and `until` are a length of time from `now_ms` on, or an ISO 8601 instant; `for` is a
// length of time from `from` on.
[[nodiscard]] std::variant<FaultRule, FaultProblem> read_fault(std::string_view text,
                                                               int64_t now_ms);

// A file of --faults: {"faults":[...]}.
[[nodiscard]] std::variant<std::vector<FaultRule>, FaultProblem> read_fault_file(
    std::string_view text, int64_t now_ms);

// The operations that a fault of the service may name; those of S3 in the order of S3Operation.
[[nodiscard]] std::span<const std::string_view> fault_operations(FaultService service);

// One line for a reader: `s3 PutObject on lake: SlowDown (503) for 50 % of the calls, until ...`.
[[nodiscard]] std::string fault_text(const FaultRule& fault);

// {"id","hits","state","text"} of one; "state" is waiting, in_force or over.
[[nodiscard]] std::string fault_entry_json(const FaultEntry& entry, int64_t now_ms);

}  // namespace edgehose
