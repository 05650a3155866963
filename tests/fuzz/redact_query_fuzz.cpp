// Redacting a URL twice is redacting it once, nothing of a redacted value stays, and a URL without
// listed names keeps every byte.
#include <array>

#include "shared/enrich/privacy.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr std::array<std::string_view, 2> names = {"email", "t"};
  const std::string url = text_of(data, size);
  std::string once;
  append_redacted_url(once, url, names);
  std::string twice;
  append_redacted_url(twice, once, names);
  check(once == twice, "redacted once is redacted");

  std::string none;
  append_redacted_url(none, url, {});
  check(none == url, "without names nothing changes");

  const size_t start = std::min(url.find_first_of("?#"), url.size());
  check(std::string_view(once).substr(0, start) == std::string_view(url).substr(0, start),
        "what stands before the query stays");

  // A secret behind a listed name is gone, whatever stands around it.
  const std::string secret = "\x01secret\x01";
  if (url.find(secret) != std::string::npos) return 0;
  std::string kept;
  append_redacted_url(kept, url + "&email=" + secret + ";?=" + secret, names);
  const bool is_query = start < url.size();
  check(!is_query || kept.find(secret) == std::string::npos, "no secret stays");
  return 0;
}
