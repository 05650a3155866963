#include "simulator/services/firehose/transform.h"

#include <map>
#include <optional>

#include "shared/base/base64.h"
#include "shared/base/json_scan.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr uint32_t kDepthMax = 64;
constexpr size_t kKeysMax = 50;

void append_record_id(std::string& out, uint64_t id) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out.append("edgehose-");
  for (int shift = 60; shift >= 0; shift -= 4) out.push_back(kDigits[id >> shift & 15]);
}

// One element of the answer's "records".
struct Returned {
  std::string id;
  std::string result;
  std::optional<std::string> data;  // as base64
  std::vector<PartitionKey> keys;
};

std::string text_of(std::string_view raw) {
  std::string text;
  if (raw.starts_with('"')) {
    json_append_decoded(text, raw);
  } else {
    text = raw;
  }
  return text;
}

// {"partitionKeys": {"name": "value", ...}, ...}
bool take_metadata(JsonScanner& scan, std::vector<PartitionKey>& keys) {
  if (scan.peek() != '{') return !scan.take_value().empty();
  if (!scan.enter_object()) return false;
  std::string_view name;
  while (scan.next_member(name)) {
    if (name != "\"partitionKeys\"" || scan.peek() != '{') {
      if (scan.take_value().empty()) return false;
      continue;
    }
    if (!scan.enter_object()) return false;
    std::string_view key;
    while (scan.next_member(key)) {
      const std::string_view value = scan.take_value();
      if (value.empty() || keys.size() == kKeysMax) return false;
      keys.emplace_back(text_of(key), text_of(value));
    }
  }
  return scan.ok();
}

bool take_returned(JsonScanner& scan, Returned& record) {
  if (scan.peek() != '{' || !scan.enter_object()) return false;
  std::string_view name;
  while (scan.next_member(name)) {
    if (name == "\"metadata\"") {
      if (!take_metadata(scan, record.keys)) return false;
      continue;
    }
    const std::string_view value = scan.take_value();
    if (value.empty()) return false;
    if (name == "\"recordId\"") record.id = text_of(value);
    if (name == "\"result\"") record.result = text_of(value);
    if (name == "\"data\"" && value.starts_with('"')) record.data = text_of(value);
  }
  return scan.ok();
}

std::optional<std::vector<Returned>> read_records(std::string_view answer) {
  JsonScanner scan(answer, kDepthMax);
  if (scan.peek() != '{' || !scan.enter_object()) return std::nullopt;
  std::optional<std::vector<Returned>> records;
  std::string_view name;
  while (scan.next_member(name)) {
    if (name != "\"records\"" || scan.peek() != '[') {
      if (scan.take_value().empty()) return std::nullopt;
      continue;
    }
    records.emplace();
    if (!scan.enter_array()) return std::nullopt;
    while (scan.next_element()) {
      if (!take_returned(scan, records->emplace_back())) return std::nullopt;
    }
  }
  if (!scan.ok() || scan.peek() != '\0') return std::nullopt;
  return records;
}

TransformResult failed(std::string code, std::string message) {
  return {.kind = TransformResult::Kind::failed,
          .bytes = {},
          .keys = {},
          .code = std::move(code),
          .message = std::move(message)};
}

// A result or a data member that the model does not know is the function's error: of the batch.
bool is_known(const Returned& record) {
  if (record.result == "Dropped" || record.result == "ProcessingFailed") return true;
  std::string unused;
  return record.result == "Ok" && record.data && base64_decode(*record.data, unused);
}

TransformResult result_of(Returned& record) {
  if (record.result == "ProcessingFailed") {
    return failed("Lambda.ProcessingFailedStatus", "ProcessingFailed status set for record");
  }
  TransformResult result;
  result.kind = TransformResult::Kind::dropped;
  if (record.result == "Dropped") return result;
  result.kind = TransformResult::Kind::ok;
  // It was tried before.
  (void)base64_decode(*record.data, result.bytes);
  result.keys = std::move(record.keys);
  return result;
}

}  // namespace

std::string transform_event(const TransformCall& call, std::span<const TransformRecord> records) {
  std::string event = "{\"invocationId\":";
  json_append_string(event, call.invocation_id);
  event.append(",\"deliveryStreamArn\":");
  json_append_string(event, call.stream_arn);
  event.append(",\"region\":");
  json_append_string(event, call.region);
  event.append(",\"records\":[");
  for (size_t i = 0; i < records.size(); ++i) {
    event.append(i == 0 ? "{\"recordId\":\"" : ",{\"recordId\":\"");
    append_record_id(event, call.first_id + i);
    event.append("\",\"approximateArrivalTimestamp\":");
    append_number(event, records[i].arrival_ms);
    event.append(",\"data\":\"");
    base64_append(event, records[i].bytes);
    event.append("\"}");
  }
  return event.append("]}");
}

std::vector<TransformResult> read_transform_answer(std::string_view answer,
                                                   const TransformCall& call, size_t records) {
  auto returned = read_records(answer);
  if (!returned) {
    return {records, failed("Lambda.JsonProcessingException",
                            "There was an error parsing returned records from the Lambda function. "
                            "Ensure that the returned records follow the status model required by "
                            "Firehose.")};
  }
  std::map<std::string, size_t> numbers;
  for (size_t i = 0; i < records; ++i) {
    std::string id;
    append_record_id(id, call.first_id + i);
    numbers.emplace(std::move(id), i);
  }
  std::vector<TransformResult> results(
      records, failed("Lambda.MissingRecordId",
                      "One or more record Ids were not returned. Ensure that the Lambda function "
                      "returns all received record Ids."));
  std::vector<uint8_t> seen(records);
  for (Returned& record : *returned) {
    if (!is_known(record)) {
      return {records, failed("Lambda.FunctionError",
                              "The Lambda function returned a record whose result or data Firehose "
                              "does not know.")};
    }
    const auto number = numbers.find(record.id);
    if (number == numbers.end()) continue;
    const size_t at = number->second;
    results[at] =
        seen[at] == 0
            ? result_of(record)
            : failed("Lambda.DuplicatedRecordId",
                     "Multiple records were returned with the same record ID. Ensure that the "
                     "Lambda function returns unique record IDs for each record.");
    seen[at] = 1;
  }
  return results;
}

}  // namespace edgehose
