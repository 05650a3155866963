// Bodies in aws-chunked framing, and signatures of requests made of the same bytes.
#include "simulator/http/aws_chunked.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/http_request.h"

using namespace edgehose;
using namespace edgehose::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = text_of(data, size);
  const ChunkedBody body = read_aws_chunked(text, nullptr);
  check(body.bytes.size() <= text.size(), "a body is no longer than its framing");
  for (const auto& [name, value] : body.trailers) {
    check(std::none_of(name.begin(), name.end(), is_upper), "names of trailers are lower case");
  }
  const HttpRequest request = request_of(text);
  const SigV4Result result = verify_sigv4(request, {"AKID", "secret"}, "s3", 1'795'353'600'000);
  check(result.fault != SigV4Fault::none, "nobody guesses a signature");
  (void)read_aws_chunked(request.body, &result);
  return 0;
}
