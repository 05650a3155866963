// An address is kept, truncated, exactly when the C library reads it as one.
#include <arpa/inet.h>

#include <array>

#include "shared/enrich/privacy.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string ip = text_of(data, size);
  const std::string kept = truncate_ip(ip);
  std::array<uint8_t, 16> bytes{};
  // A scope belongs to IPv6 text but not to what inet_pton reads.
  const std::string unscoped = ip.substr(0, ip.find('%'));
  const bool is_text = ip.find('\0') == std::string::npos;
  const bool is_v4 = is_text && inet_pton(AF_INET, ip.c_str(), bytes.data()) == 1;
  const bool is_v6 = unscoped.find('\0') == std::string::npos &&
                     inet_pton(AF_INET6, unscoped.c_str(), bytes.data()) == 1;
  check(kept.empty() == !(is_v4 || is_v6), "kept exactly when it is an address");
  if (kept.empty()) return 0;
  const bool kept_v4 = inet_pton(AF_INET, kept.c_str(), bytes.data()) == 1;
  if (kept_v4) {
    check(bytes[3] == 0, "the last 8 bits are gone");
  } else {
    check(inet_pton(AF_INET6, kept.c_str(), bytes.data()) == 1, "what is kept is an address");
    for (size_t i = 6; i < bytes.size(); ++i) check(bytes[i] == 0, "the last 80 bits are gone");
  }
  check(truncate_ip(kept) == kept, "truncated once is truncated");
  return 0;
}
