#include "shared/collect/failed_consent.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

using namespace edgehose;

namespace {

Keep kept(const std::string& event, const ConsentPolicy& policy = {}, Gpc gpc = Gpc::off) {
  return decide_kept_of_failed(event, gpc, policy);
}

}  // namespace

TEST_CASE("failed_consent: a value that is no text refuses where it can mean nothing else") {
  for (const std::string value : {"false", "{}", R"({"ads":true})", "[]", R"(["granted"])", "0",
                                  "-0", "0.00", "0e7", R"("denied")", R"("d\u0065nied")"}) {
    CAPTURE(value);
    CHECK(kept(R"({"consent":)" + value + "}") == Keep::anonymous);
    CHECK(kept(R"({"a":{"b":[1]},"c\u006fnsent":)" + value + R"(,"z":1})") == Keep::anonymous);
  }
  for (const std::string value : {"true", "1", "0.5", "null", R"("")", R"("granted")"}) {
    CAPTURE(value);
    CHECK(kept(R"({"consent":)" + value + "}") == Keep::everything);
  }
}

TEST_CASE("failed_consent: a value that is no text counts as other text, or stricter") {
  ConsentPolicy policy;
  policy.other = Keep::nothing;
  CHECK(kept(R"({"consent":true})", policy) == Keep::nothing);
  CHECK(kept(R"({"consent":false})", policy) == Keep::nothing);
  policy.other = Keep::everything;
  policy.denied = Keep::nothing;
  CHECK(kept(R"({"consent":true})", policy) == Keep::everything);
  CHECK(kept(R"({"consent":false})", policy) == Keep::nothing);
}

TEST_CASE("failed_consent: of several the strictest counts, and without any the policy's word") {
  CHECK(kept(R"({"consent":"denied","consent":"granted"})") == Keep::anonymous);
  CHECK(kept(R"({"consent":"granted","consent":"denied"})") == Keep::anonymous);
  CHECK(kept(R"({"consent":"denied","consent":null})") == Keep::anonymous);
  CHECK(kept(R"({"properties":{"consent":"denied"}})") == Keep::everything);
  CHECK(kept("{}") == Keep::everything);
  CHECK(kept("{}", {.absent = Keep::anonymous}) == Keep::anonymous);
  CHECK(kept("{}", {}, Gpc::on) == Keep::anonymous);
}

TEST_CASE("failed_consent: of text that is no event everything is kept only where none is asked") {
  for (const std::string text :
       {R"({"a":01,"consent":"denied"})", R"({"a":tru,"Consent":1)", R"({"a":,"c\u006Fnsent")",
        R"([{"consent":"granted"}])", R"({"consent":"granted"} x)", "consent"}) {
    CAPTURE(text);
    CHECK(kept(text) == Keep::anonymous);
  }
  for (const std::string text : {"", "x", R"({"a":01})", R"("conse)", R"(["\u006)", "[1]"}) {
    CAPTURE(text);
    CHECK(kept(text) == Keep::everything);
    CHECK(kept(text, {.absent = Keep::anonymous}) == Keep::anonymous);
    CHECK(kept(text, {}, Gpc::on) == Keep::anonymous);
  }
}
