#include "shared/enrich/consent.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

using namespace edgehose;

TEST_CASE("consent: words grant, deny or say nothing") {
  const std::vector<std::pair<std::string, Consent>> cases = {
      {"", Consent::absent},
      {" ,; |", Consent::absent},
      {"granted", Consent::granted},
      {"Analytics", Consent::granted},
      {"analytics,ads", Consent::granted},
      {"ads analytics", Consent::granted},
      {"denied", Consent::denied},
      {"DENIED", Consent::denied},
      {"necessary", Consent::denied},
      {"analytics; denied", Consent::denied},
      {"no", Consent::denied},
      {"ads", Consent::other},
      {"grantedx", Consent::other},
      {"CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA", Consent::other},
  };
  for (const auto& [text, consent] : cases) {
    CAPTURE(text);
    CHECK(read_consent(text) == consent);
  }
}

TEST_CASE("consent: a refusal is one in whatever words and form consent tools write it") {
  for (const std::string text : {"declined",
                                 "decline",
                                 "0",
                                 "off",
                                 "optout",
                                 "opt_out",
                                 "opt-out",
                                 "opted out",
                                 "Opt Out",
                                 "optOut",
                                 "no",
                                 "rejected",
                                 "refused",
                                 "withdrawn",
                                 "none",
                                 "not granted",
                                 "not_granted",
                                 "strictly_necessary",
                                 "analytics=denied",
                                 "ad_storage=denied",
                                 "ad_storage:denied",
                                 R"({"ad_storage":"denied"})",
                                 R"({"ads":false,"analytics":true})",
                                 "analytics:1,ads:0",
                                 "granted/denied",
                                 "G100",
                                 "G101",
                                 "G110",
                                 "g100",
                                 "G1-0",
                                 "G10-",
                                 "gcs=G100&gcd=x"}) {
    CAPTURE(text);
    CHECK(read_consent(text) == Consent::denied);
  }
  for (const std::string text : {"G111", "opt-in", "opt_in", "opted in", "optin", "1", "on",
                                 R"({"ad_storage":"granted"})", "analytics=granted"}) {
    CAPTURE(text);
    CHECK(read_consent(text) == Consent::granted);
  }
  for (const std::string text : {"G1--", "G1-1", "G1000", "G112", "xG100", "nothing", "notes",
                                 "\xe5\x90\x8c\xe6\x84\x8f", "10"}) {
    CAPTURE(text);
    CHECK(read_consent(text) == Consent::other);
  }
}

TEST_CASE("consent: Global Privacy Control is exactly 1") {
  CHECK(read_gpc("1") == Gpc::on);
  for (const std::string header : {"", "0", "01", "1 ", "true", "11"}) {
    CAPTURE(header);
    CHECK(read_gpc(header) == Gpc::off);
  }
}

TEST_CASE("consent: the default policy keeps what is in its table") {
  struct Case {
    Consent consent;
    Keep alone;
    Keep with_gpc;
  };
  const ConsentPolicy policy;
  for (const Case& c : std::vector<Case>{
           {Consent::absent, Keep::everything, Keep::anonymous},
           {Consent::other, Keep::everything, Keep::anonymous},
           {Consent::granted, Keep::everything, Keep::anonymous},
           {Consent::denied, Keep::anonymous, Keep::anonymous},
       }) {
    CHECK(decide_kept(c.consent, Gpc::off, policy) == c.alone);
    CHECK(decide_kept(c.consent, Gpc::on, policy) == c.with_gpc);
  }
}

TEST_CASE("consent: the strictest rule that applies wins") {
  for (Keep own : {Keep::everything, Keep::anonymous, Keep::nothing}) {
    for (Keep gpc : {Keep::everything, Keep::anonymous, Keep::nothing}) {
      const ConsentPolicy policy = {
          .granted = own, .denied = own, .absent = own, .other = own, .gpc = gpc};
      for (Consent consent : {Consent::absent, Consent::granted, Consent::denied, Consent::other}) {
        CHECK(decide_kept(consent, Gpc::off, policy) == own);
        CHECK(decide_kept(consent, Gpc::on, policy) == (own < gpc ? gpc : own));
      }
    }
  }
}
