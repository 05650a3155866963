// Records taken apart: what comes out lies in what went in, in its order, within the bound.
#include "simulator/services/firehose/deaggregate.h"

#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

void check_parts(const std::string& record, const ProcessingConfig& config) {
  const auto parts = deaggregate(record, config);
  check(!parts.empty() && parts.size() <= kSubRecordsMax,
        "a part at least, and no more than AWS's");
  const char* at = record.data();
  for (const std::string_view part : parts) {
    check(part.data() >= at && part.data() + part.size() <= record.data() + record.size(),
          "parts follow each other in the record");
    at = part.data() + part.size();
    const bool is_json = config.deaggregation == Deaggregation::json && parts.size() > 1;
    if (is_json && is_comparable(part)) {
      check(nlohmann::json::accept(std::string(part)), "a part is JSON");
    }
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string record = text_of(data, size);
  ProcessingConfig config;
  config.deaggregation = Deaggregation::json;
  check_parts(record, config);
  config.deaggregation = Deaggregation::delimited;
  config.sub_record_delimiter = size > 0 ? record.substr(0, 1 + record.size() % 3) : ";";
  check_parts(record, config);
  std::string messages;
  if (extract_log_messages(record, messages)) {
    check(messages.empty() || messages.back() == '\n', "each message ends in a newline");
    check(is_utf8(messages), "messages are text");
  }
  return 0;
}
