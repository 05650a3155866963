// A function's answer: a user's code wrote it.
#include "simulator/services/firehose/transform.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string answer = text_of(data, size);
  constexpr size_t kRecords = 3;
  const auto results = read_transform_answer(answer, {"arn", "region", "id", 1}, kRecords);
  check(results.size() == kRecords, "a result for each record");
  for (const TransformResult& result : results) {
    check((result.kind == TransformResult::Kind::failed) != result.code.empty(),
          "what failed, and nothing else, has a code");
    check(is_utf8(result.code) && is_utf8(result.message), "a failure is told in text");
    check(result.kind == TransformResult::Kind::ok || result.bytes.empty(), "only ok has bytes");
  }
  return 0;
}
