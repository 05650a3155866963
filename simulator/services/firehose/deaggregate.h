// RecordDeAggregation: a record that holds several, taken apart.
// https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-partitioning-keys.html
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/services/firehose/processing_config.h"

namespace edgehose {

// AWS takes apart at most so many; a record of more stays whole, without a word.
inline constexpr size_t kSubRecordsMax = 500;

// The sub-records of `record`, views into it, without what stands between them: JSON objects that
// follow each other (with or without newlines), or the pieces between delimiters that are not
// empty. The record itself where it holds more than kSubRecordsMax or is not JSON.
[[nodiscard]] std::vector<std::string_view> deaggregate(std::string_view record,
                                                        const ProcessingConfig& config);

// The messages of a CloudWatch Logs envelope, each with a newline; false when it is none.
// https://docs.aws.amazon.com/firehose/latest/dev/Message_extraction.html
[[nodiscard]] bool extract_log_messages(std::string_view envelope, std::string& messages);

}  // namespace edgehose
