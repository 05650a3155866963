// What Lambda hands a function for a batch of SQS messages, and what it reads of the answer.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>

#include "simulator/services/sqs/sqs.h"

namespace edgehose {

// {"Records":[{"messageId","receiptHandle","body","attributes",...}]}
[[nodiscard]] std::string sqs_event(std::span<const ReceivedMessage> messages,
                                    const std::string& queue_arn, const std::string& region,
                                    const std::string& account);

// Ids of the messages that failed, by the answer of a function that reports them:
// {"batchItemFailures":[{"itemIdentifier":"<messageId>"}]}. Nothing, null, {} and an empty list
// mean that none did. An answer of another form, an empty id, or one that is not in `ids`, means
// that all did.
[[nodiscard]] std::set<std::string> failed_messages(std::string_view answer,
                                                    const std::set<std::string>& ids);

}  // namespace edgehose
