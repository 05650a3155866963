// What Lambda reads of strangers: its requests, a bucket's notifications, and a function's answer.
#include "simulator/http/lambda_requests.h"
#include "simulator/http/s3_notification_xml.h"
#include "simulator/services/lambda/sqs_event.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto text = text_of(data, size);
  const size_t end = std::min(text.find('\n'), text.size());
  const HttpRequest request{.method = size % 2 == 0 ? "GET" : "POST",
                            .target = std::string(text.substr(0, end)),
                            .headers = {},
                            .body = std::string(text)};
  const auto call = read_lambda_call(request);
  check(call || !call.error().message.empty(), "a call is known or refused");
  Random random(1);
  const Sqs sqs({}, random);
  const auto made = read_mapping_request(text, sqs, nullptr);
  if (made) {
    check(!made.value().queue.empty() && !made.value().function.empty(), "a mapping has both ends");
    check(static_cast<bool>(read_mapping_request("{}", sqs, &made.value())), "and can be kept");
  }
  (void)read_concurrency_request(text);
  const auto rules = read_notification_rules(text);
  if (rules) {
    const auto again = read_notification_rules(notification_rules_xml(rules.value()));
    check(again && again.value() == rules.value(), "rules are written as they are read");
  }
  const std::set<std::string> ids = {"a", "b"};
  for (const std::string& id : failed_messages(text, ids)) check(ids.contains(id), "ids that are");
  return 0;
}
