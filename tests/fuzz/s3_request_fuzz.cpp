// What S3 reads of a request before it has looked at an object: target, headers, ranges; and the
// path of a key.
#include "simulator/http/s3_request.h"

#include "simulator/lake/object_store.h"
#include "simulator/services/s3/s3.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/http_request.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

void check_key(const std::string& key) {
  if (key.find('\0') != std::string::npos) return;
  const std::string path = key_to_path(key);
  check(path_to_key(path) == key, "a key's path is the key's alone");
  for (size_t start = 0; start <= path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    const std::string_view name = std::string_view(path).substr(start, end - start);
    check(!name.empty() && name != "." && name != "..", "no name of a path leads elsewhere");
    check(name.size() <= 255, "a name fits a file system");
    start = end + 1;
  }
}

void check_range(std::string_view header, uint64_t bytes) {
  const auto range = read_byte_range(header);
  if (!range) return;
  const auto part = resolve_range(*range, bytes);
  if (!part) return;
  check(part->second > 0 && part->first < bytes && part->second <= bytes - part->first,
        "a range lies in its object");
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text = text_of(data, size);
  HttpRequest request = request_of(text);
  check_range(request.header("range"), 1);
  check_range(request.header("range"), 1'000);
  hoist_headers(request);
  if (const auto read = read_s3_request(request)) {
    // S3 itself refuses a longer one, when it is asked.
    const std::string& key = read.value().key;
    if (!key.empty() && key.size() <= kObjectKeyBytesMax) check_key(key);
  }
  (void)read_copy_source(request);
  (void)read_put_condition(request);
  (void)kept_headers(request);
  HttpHeaders echo;
  (void)check_body(request, request.headers, request.body, echo);
  if (!text.empty() && text.size() <= 1'024) check_key(text);
  (void)path_to_key(text);
  return 0;
}
