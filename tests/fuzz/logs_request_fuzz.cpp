// Requests to CloudWatch Logs, from anything. The first byte picks the operation.
#include <array>
#include <nlohmann/json.hpp>

#include "simulator/http/logs_protocol.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

constexpr std::array<std::string_view, 5> kOperations = {
    "DescribeLogGroups", "DescribeLogStreams", "GetLogEvents", "FilterLogEvents", "PutLogEvents"};
constexpr int kEvents = 20;

LogsProtocol& logs() {
  static LogsProtocol* protocol = [] {
    auto* made = new LogsProtocol("r", "1");
    for (int i = 0; i < kEvents; ++i) {
      made->write(i % 2 == 0 ? "g" : "h", i % 3 == 0 ? "s" : "t", i,
                  "message " + std::to_string(i));
    }
    return made;
  }();
  return *protocol;
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string body(text_of(data + 1, size - 1));
  const HttpResponse answer = logs().handle(kOperations[data[0] % kOperations.size()], body);
  const auto json = nlohmann::json::parse(answer.body, nullptr, false);
  check(json.is_object(), "an answer is an object");
  check((answer.status == 200) != json.contains("__type"), "an error has its type");
  if (json.contains("events")) check(json["events"].size() <= kEvents, "no event twice");
  return 0;
}
