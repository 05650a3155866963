// CBOR from anything: agrees with nlohmann/json where that reads the same bytes, and comes back
// from what it writes.
#include "simulator/http/cbor.h"

#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes = text_of(data, size);
  const auto read = read_cbor(bytes);
  if (!read) return 0;
  const std::string written = write_cbor(*read);
  const auto again = read_cbor(written);
  check(again.has_value(), "what is written can be read");
  // Compared as bytes: a NaN equals nothing.
  check(write_cbor(*again) == written, "and says the same");
  // The other library knows no tag 1, which is written for these members only.
  if (bytes.find("Timestamp") != std::string::npos) return 0;
  const auto theirs =
      nlohmann::json::from_cbor(written, true, false, nlohmann::json::cbor_tag_handler_t::ignore);
  check(!theirs.is_discarded(), "another library reads it too");
  check(write_cbor(theirs) == written, "and finds the same in it");
  return 0;
}
