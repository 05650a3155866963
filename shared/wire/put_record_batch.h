// Firehose's PutRecord and PutRecordBatch (AWS JSON 1.1), both directions: the collector writes
// requests and reads answers, the simulator reads requests. Shapes: AWS SDK model of
// firehose-2015-08-04.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.h"

namespace edgehose {

// AWS's bounds, as of 2026-11: a record before base64, and a call.
inline constexpr size_t kRecordBytesMax = 1'024'000;
inline constexpr size_t kBatchRecordsMax = 500;
inline constexpr size_t kBatchBytesMax = 4'194'304;
// Every record is billed rounded up to a multiple of this.
inline constexpr size_t kBillingStepBytes = 5'120;

constexpr uint64_t billed_bytes(uint64_t record_bytes) {
  return (record_bytes + kBillingStepBytes - 1) / kBillingStepBytes * kBillingStepBytes;
}

// Appends a PutRecordBatch request body. `stream` is a delivery stream's name, `records` raw bytes
// each.
void append_put_record_batch(std::string& out, std::string_view stream,
                             const std::vector<std::string_view>& records);

// The answer to a PutRecordBatch: the error code of each row, empty where Firehose accepted it.
struct BatchAnswer {
  std::vector<std::string> row_errors;
};

// Error::malformed when `body` is not such an answer: the caller then knows nothing of the rows.
[[nodiscard]] Result<BatchAnswer> read_batch_answer(std::string_view body);

// The error code of an AWS JSON error body, from `__type` without its namespace; empty when there
// is none.
[[nodiscard]] std::string read_error_type(std::string_view body);

// A PutRecord or PutRecordBatch request as the service reads it. Views point into the body that was
// read.
struct PutRequest {
  std::optional<std::string> stream;
  // Base64 text of each record, as sent; a row without Data is nullopt. One row for PutRecord.
  std::optional<std::vector<std::optional<std::string_view>>> records;
  std::list<std::string> unescaped;
};

// Reads either request. Unknown members are stepped over, as AWS does. Error::malformed when the
// body is not a JSON object or a member has the wrong type: AWS calls it a SerializationException.
[[nodiscard]] Result<PutRequest> read_put_request(std::string_view body);

}  // namespace edgehose
