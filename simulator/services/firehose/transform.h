// Lambda transformation: what a function is sent and what is read of its answer.
// https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/wire/prefix.h"

namespace edgehose {

struct TransformRecord {
  std::string_view bytes;
  int64_t arrival_ms = 0;
};

// Who asks, for the event that the function sees. `first_id` numbers the records of the batch.
struct TransformCall {
  std::string_view stream_arn;
  std::string_view region;
  std::string_view invocation_id;
  uint64_t first_id = 0;
};

[[nodiscard]] std::string transform_event(const TransformCall& call,
                                          std::span<const TransformRecord> records);

// What became of one record. `code` is empty unless it failed; it and `message` then go into the
// error record.
struct TransformResult {
  enum class Kind : uint8_t { ok, dropped, failed };
  Kind kind = Kind::failed;
  std::string bytes;               // of ok
  std::vector<PartitionKey> keys;  // of ok: metadata.partitionKeys
  std::string code;
  std::string message;
};

// One result a record, in order: an answer that cannot be read fails them all, a record that the
// answer lacks or has twice fails alone. Records it names that nobody sent are passed over.
[[nodiscard]] std::vector<TransformResult> read_transform_answer(std::string_view answer,
                                                                 const TransformCall& call,
                                                                 size_t records);

}  // namespace edgehose
