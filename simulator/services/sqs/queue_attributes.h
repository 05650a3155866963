// A queue's attributes as SQS names and writes them: every value is a text.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "simulator/services/sqs/sqs.h"

namespace edgehose {

// Puts `attributes` on top of `settings`. The error of the first that is unknown, out of range or
// not modelled. A dead-letter queue must be there.
[[nodiscard]] std::optional<AwsError> apply_attributes(
    const std::map<std::string, std::string>& attributes, const Sqs& sqs, QueueSettings& settings);

// The attributes of these names, "All" for every one that the queue has.
[[nodiscard]] Outcome<std::map<std::string, std::string>> read_attributes(
    const SqsQueue& queue, const Sqs& sqs, const std::vector<std::string>& names);

}  // namespace edgehose
