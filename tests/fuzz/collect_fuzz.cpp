// A whole request: whatever comes in, the lines are one-line JSON and the answer counts them.
#include "shared/collect/collect.h"
#include "shared/pack/lines.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

const Configuration& configuration() {
  static const Configuration read = [] {
    Configuration to;
    const std::string problem = read_configuration(
        R"({"streams":{"page_view":"v","a":"w"},"limits":{"events_max":50}})", to);
    check(problem.empty(), "the configuration is read");
    return to;
  }();
  return read;
}

void check_lines(const Shaped& shaped) {
  std::string_view frame = shaped.lines;
  uint32_t count = 0;
  for (Line line; take_line(frame, line); ++count) {
    check(line.text.find('\n') == std::string_view::npos, "a line is one line");
    check(nlohmann::json::accept(line.text), "a line is JSON");
    check(line.text.size() < configuration().limits.line_bytes_max, "a line fits a record");
  }
  check(frame.empty(), "the frame is whole");
  check(count == shaped.accepted + shaped.failed, "each event has its line");
  check(shaped.status == 200 || count == 0, "a refusal keeps nothing");
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string input = text_of(data, size);
  std::string_view in = input;
  Request request;
  request.received_ms = 1'795'352'400'123;
  const uint32_t kind = take(in, 4);
  request.method = kind == 0 ? "GET" : "POST";
  request.path = kind == 0 ? "/collect.gif" : "/collect";
  // Mostly a body alone; sometimes the rest of the request is the fuzzer's as well.
  std::string headers;
  std::string ip;
  if (kind == 1) {
    headers = take_piece(in);
    ip = take_piece(in);
    request.headers = headers;
    request.client_ip = ip;
  }
  const std::string rest(in);
  (kind == 0 ? request.query : request.body) = rest;
  Shaped shaped;
  static Collector collector(configuration());
  collector.collect(request, shaped);
  check_lines(shaped);
  check(shaped.kind != AnswerKind::json || nlohmann::json::accept(shaped.answer),
        "the answer is JSON");
  return 0;
}
