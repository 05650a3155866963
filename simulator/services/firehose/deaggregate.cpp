#include "simulator/services/firehose/deaggregate.h"

#include <algorithm>

#include "shared/base/json_scan.h"

namespace edgehose {
namespace {

constexpr uint32_t kDepthMax = 256;

std::vector<std::string_view> split_json(std::string_view record) {
  std::vector<std::string_view> parts;
  JsonScanner scan(record, kDepthMax);
  while (scan.peek() != '\0') {
    const std::string_view value = scan.take_value();
    const bool is_object = scan.ok() && value.starts_with('{');
    if (!is_object || parts.size() == kSubRecordsMax) return {record};
    parts.push_back(value);
  }
  // A zero byte looks like the end of the text.
  if (scan.at() < record.size() || parts.empty()) return {record};
  return parts;
}

std::vector<std::string_view> split_at(std::string_view record, std::string_view delimiter) {
  std::vector<std::string_view> parts;
  std::string_view rest = record;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(delimiter), rest.size());
    if (end > 0) {
      if (parts.size() == kSubRecordsMax) return {record};
      parts.push_back(rest.substr(0, end));
    }
    rest.remove_prefix(std::min(end + delimiter.size(), rest.size()));
  }
  if (parts.empty()) return {record};
  return parts;
}

// The messages of the array that the scanner stands before.
bool take_messages(JsonScanner& scan, std::string& messages) {
  if (!scan.enter_array()) return false;
  while (scan.next_element()) {
    if (!scan.enter_object()) return false;
    std::string_view key;
    while (scan.next_member(key)) {
      const std::string_view value = scan.take_value();
      if (key != "\"message\"" || !value.starts_with('"')) continue;
      json_append_decoded(messages, value);
      messages.push_back('\n');
    }
  }
  return scan.ok();
}

}  // namespace

std::vector<std::string_view> deaggregate(std::string_view record, const ProcessingConfig& config) {
  if (config.deaggregation == Deaggregation::json) return split_json(record);
  if (config.deaggregation == Deaggregation::delimited) {
    return split_at(record, config.sub_record_delimiter);
  }
  return {record};
}

bool extract_log_messages(std::string_view envelope, std::string& messages) {
  JsonScanner scan(envelope, kDepthMax);
  if (scan.peek() != '{' || !scan.enter_object()) return false;
  bool is_envelope = false;
  bool is_data = true;
  std::string taken;
  std::string_view key;
  while (scan.next_member(key)) {
    if (key == "\"logEvents\"") {
      is_envelope = scan.peek() == '[' && take_messages(scan, taken);
      if (!is_envelope) return false;
      continue;
    }
    const std::string_view value = scan.take_value();
    if (key == "\"messageType\"") is_data = value == "\"DATA_MESSAGE\"";
  }
  if (!scan.ok() || !is_envelope || scan.peek() != '\0') return false;
  if (is_data) messages.append(taken);
  return true;
}

}  // namespace edgehose
