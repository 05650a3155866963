// The processors of a stream, read from their parameters. Firehose runs them in an order of its
// own, whatever order they are listed in:
//
//   decompression -> extraction of log messages -> de-aggregation -> Lambda -> partition keys by jq
//   -> delimiter
//
// https://docs.aws.amazon.com/firehose/latest/APIReference/API_Processor.html
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "simulator/services/aws_error.h"
#include "simulator/services/firehose/stream_config.h"

namespace edgehose {

enum class Deaggregation : uint8_t { none, json, delimited };

struct ProcessingConfig {
  bool decompresses = false;
  bool extracts_messages = false;
  Deaggregation deaggregation = Deaggregation::none;
  std::string sub_record_delimiter;  // of Deaggregation::delimited
  std::string lambda_arn;            // empty: no transformation
  uint32_t lambda_retries = 3;
  uint64_t lambda_buffer_bytes = 1'048'576;
  std::string query;  // of jq; empty: no keys are extracted
  std::optional<std::string> delimiter;

  // Whether objects hold the records as they came, but for a delimiter.
  [[nodiscard]] bool is_plain() const {
    return !decompresses && deaggregation == Deaggregation::none && lambda_arn.empty() &&
           query.empty();
  }
};

// AWS's defaults and bounds: at most 5 processors; NumberOfRetries 0-300, BufferSizeInMBs 0.2-3,
// BufferIntervalInSeconds 0-900 (checked; records wait in the stream's own buffer here).
[[nodiscard]] Outcome<ProcessingConfig> read_processing(const StreamConfig& config);

// The rules between processors, dynamic partitioning, prefixes and the backup.
[[nodiscard]] std::optional<AwsError> check_processing(const StreamConfig& config);

// The names of the keys that an object construction of jq gives, `{site: .site, "day": ...}`, in
// order. Nothing where the query has another form.
[[nodiscard]] std::optional<std::vector<std::string>> query_keys(std::string_view query);

}  // namespace edgehose
