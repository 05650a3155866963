#include "shared/base/base64.h"
#include "shared/base/hmac.h"
#include "shared/base/sha256.h"
#include "shared/base/uuid.h"
#include "tests/differential/verbs.h"

namespace edgehose::differential {

void ask_base64(const Fields& in, Fields& out) { base64_append(out.emplace_back(), field(in, 0)); }

void ask_base64_decode(const Fields& in, Fields& out) {
  std::string bytes;
  const bool ok = base64_decode(field(in, 0), bytes);
  out.emplace_back(ok ? "1" : "0");
  if (ok) out.push_back(bytes);
}

void ask_sha256(const Fields& in, Fields& out) { out.push_back(hex(sha256(field(in, 0)))); }

void ask_hmac(const Fields& in, Fields& out) {
  out.push_back(hex(hmac_sha256(field(in, 0), field(in, 1))));
}

void ask_uuid(const Fields& in, Fields& out) {
  const UuidText uuid = derived_uuid(field(in, 0));
  out.emplace_back(as_text(uuid));
}

void ask_is_uuid(const Fields& in, Fields& out) {
  out.emplace_back(is_uuid(field(in, 0)) ? "1" : "0");
}

}  // namespace edgehose::differential
