#include "simulator/services/sqs/queue_attributes.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "shared/base/json_scan.h"

namespace edgehose {
namespace {

struct NumberAttribute {
  std::string_view name;
  int64_t QueueSettings::* member;
  int64_t least;
  int64_t most;
};
constexpr std::array<NumberAttribute, 5> kNumbers = {{
    {"VisibilityTimeout", &QueueSettings::visibility_s, 0, 43'200},
    {"DelaySeconds", &QueueSettings::delay_s, 0, 900},
    {"MessageRetentionPeriod", &QueueSettings::retention_s, 60, 1'209'600},
    {"ReceiveMessageWaitTimeSeconds", &QueueSettings::wait_s, 0, 20},
    {"MaximumMessageSize", &QueueSettings::bytes_max, 1'024, 1'048'576},
}};
constexpr int64_t kReceivesMax = 1'000;

std::optional<int64_t> whole_number(std::string_view text) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc() || stop != end || text.empty()) return std::nullopt;
  return value;
}

AwsError bad_value(std::string_view name) {
  std::string message = "Invalid value for the parameter ";
  return {"InvalidAttributeValue", message.append(name).append(".")};
}

std::string_view unquoted(std::string_view raw) {
  return raw.size() >= 2 && raw.front() == '"' ? raw.substr(1, raw.size() - 2) : raw;
}

// {"deadLetterTargetArn":"...","maxReceiveCount":5}, the number as a text too.
std::optional<AwsError> apply_redrive(std::string_view text, const Sqs& sqs,
                                      QueueSettings& settings) {
  if (text.empty()) {
    settings.redrive = std::nullopt;
    return std::nullopt;
  }
  RedrivePolicy redrive;
  JsonScanner scanner(text);
  std::string_view key;
  std::optional<int64_t> count;
  if (!scanner.enter_object()) return bad_value("RedrivePolicy");
  while (scanner.next_member(key)) {
    const std::string_view value = unquoted(scanner.take_value());
    if (unquoted(key) == "deadLetterTargetArn") redrive.dead_letter_arn = value;
    if (unquoted(key) == "maxReceiveCount") count = whole_number(value);
  }
  if (!scanner.ok() || !count || *count < 1 || *count > kReceivesMax) {
    return bad_value("RedrivePolicy");
  }
  if (sqs.find(sqs.name_in(redrive.dead_letter_arn)) == nullptr) {
    return AwsError{"InvalidAttributeValue",
                    "Value " + std::string(text) +
                        " for parameter RedrivePolicy is invalid. Reason: Dead letter target does "
                        "not exist."};
  }
  redrive.max_receive_count = static_cast<uint32_t>(*count);
  settings.redrive = std::move(redrive);
  return std::nullopt;
}

std::optional<AwsError> not_modelled(const std::string& name) {
  return AwsError{"InvalidAttributeValue",
                  name +
                      " is not modelled by this simulator: queues are standard ones, without "
                      "keys of KMS."};
}

std::optional<AwsError> apply_attribute(const std::string& name, const std::string& value,
                                        const Sqs& sqs, QueueSettings& settings) {
  for (const NumberAttribute& number : kNumbers) {
    if (number.name != name) continue;
    const auto read = whole_number(value);
    if (!read || *read < number.least || *read > number.most) return bad_value(name);
    settings.*number.member = *read;
    return std::nullopt;
  }
  if (name == "RedrivePolicy") return apply_redrive(value, sqs, settings);
  if (name == "Policy") {
    settings.policy = value;
  } else if (name == "RedriveAllowPolicy") {
    settings.redrive_allow = value;
  } else if (name == "SqsManagedSseEnabled") {
    if (value != "true" && value != "false") return bad_value(name);
    settings.has_managed_encryption = value == "true";
  } else if (name == "FifoQueue" || name == "ContentBasedDeduplication" ||
             name == "DeduplicationScope" || name == "FifoThroughputLimit" ||
             name == "KmsMasterKeyId" || name == "KmsDataKeyReusePeriodSeconds") {
    const bool is_nothing = value.empty() || (name == "FifoQueue" && value == "false");
    return is_nothing ? std::nullopt : not_modelled(name);
  } else {
    return AwsError{"InvalidAttributeName", "Unknown Attribute " + name + "."};
  }
  return std::nullopt;
}

std::map<std::string, std::string> all_attributes(const SqsQueue& queue, const Sqs& sqs) {
  const QueueSettings& settings = queue.settings;
  std::map<std::string, std::string> all = {
      {"ApproximateNumberOfMessages", std::to_string(queue.messages.visible())},
      {"ApproximateNumberOfMessagesNotVisible", std::to_string(queue.messages.in_flight())},
      {"ApproximateNumberOfMessagesDelayed", std::to_string(queue.messages.delayed())},
      {"CreatedTimestamp", std::to_string(queue.created_ms / 1'000)},
      {"LastModifiedTimestamp", std::to_string(queue.modified_ms / 1'000)},
      {"QueueArn", sqs.arn_of(queue.name)},
      {"SqsManagedSseEnabled", settings.has_managed_encryption ? "true" : "false"},
  };
  for (const NumberAttribute& number : kNumbers) {
    all[std::string(number.name)] = std::to_string(settings.*number.member);
  }
  if (!settings.policy.empty()) all["Policy"] = settings.policy;
  if (!settings.redrive_allow.empty()) all["RedriveAllowPolicy"] = settings.redrive_allow;
  if (settings.redrive) {
    std::string text = R"({"deadLetterTargetArn":")" + settings.redrive->dead_letter_arn;
    text.append(R"(","maxReceiveCount":)");
    all["RedrivePolicy"] = text + std::to_string(settings.redrive->max_receive_count) + "}";
  }
  return all;
}

// Names that a queue may have, beside those that all_attributes() always gives.
constexpr std::array<std::string_view, 9> kOptional = {"Policy",
                                                       "RedrivePolicy",
                                                       "RedriveAllowPolicy",
                                                       "FifoQueue",
                                                       "KmsMasterKeyId",
                                                       "KmsDataKeyReusePeriodSeconds",
                                                       "DeduplicationScope",
                                                       "FifoThroughputLimit",
                                                       "ContentBasedDeduplication"};

}  // namespace

std::optional<AwsError> apply_attributes(const std::map<std::string, std::string>& attributes,
                                         const Sqs& sqs, QueueSettings& settings) {
  for (const auto& [name, value] : attributes) {
    auto error = apply_attribute(name, value, sqs, settings);
    if (error) return error;
  }
  return std::nullopt;
}

Outcome<std::map<std::string, std::string>> read_attributes(const SqsQueue& queue, const Sqs& sqs,
                                                            const std::vector<std::string>& names) {
  auto all = all_attributes(queue, sqs);
  std::map<std::string, std::string> asked;
  for (const std::string& name : names) {
    if (name == "All") return all;
    const auto found = all.find(name);
    if (found != all.end()) {
      asked.insert(*found);
    } else if (std::find(kOptional.begin(), kOptional.end(), name) == kOptional.end()) {
      return AwsError{"InvalidAttributeName", "Unknown Attribute " + name + "."};
    }
  }
  return asked;
}

}  // namespace edgehose
