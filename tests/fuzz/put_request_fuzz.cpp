// Both directions of PutRecordBatch, read from anything.
#include "shared/base/base64.h"
#include "shared/wire/put_record_batch.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

// What was read and decodes is written and read again to the same.
void check_round_trip(const PutRequest& request) {
  if (!request.records || !request.stream || !is_utf8(*request.stream)) return;
  std::vector<std::string> records;
  for (const auto& data : *request.records) {
    std::string bytes;
    if (!data || !base64_decode(*data, bytes)) return;
    records.push_back(bytes);
  }
  std::string body;
  append_put_record_batch(body, *request.stream, {records.begin(), records.end()});
  const auto again = read_put_request(body);
  check(static_cast<bool>(again), "what is written can be read");
  check(again.value().stream == request.stream, "the stream comes back");
  check(again.value().records->size() == records.size(), "the records come back");
  for (size_t i = 0; i < records.size(); ++i) {
    std::string bytes;
    check(base64_decode(*(*again.value().records)[i], bytes) && bytes == records[i],
          "a record comes back");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string body = text_of(data, size);
  const auto request = read_put_request(body);
  if (request) {
    if (is_comparable(body)) check(nlohmann::json::accept(body), "what is read is JSON");
    check_round_trip(request.value());
  }
  const auto answer = read_batch_answer(body);
  if (answer && is_comparable(body)) check(nlohmann::json::accept(body), "an answer is JSON");
  check(is_utf8(read_error_type(body)), "an error type is text");
  return 0;
}
