#include "shared/collect/failed_raw.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "shared/plan/plan_compile.h"

using namespace edgehose;

namespace {

std::optional<std::string> kept(const std::string& original, const RawRules& rules) {
  std::string scratch;
  const auto view = kept_raw(original, rules, scratch);
  return view ? std::optional<std::string>(*view) : std::nullopt;
}

}  // namespace

TEST_CASE("failed_raw: without rules all bytes are kept, whatever they are") {
  CHECK(kept("\xff{", {}) == "\xff{");
}

TEST_CASE("failed_raw: of who did not consent nothing is kept") {
  RawRules rules;
  rules.is_anonymous = true;
  CHECK_FALSE(kept("{}", rules));
}

TEST_CASE("failed_raw: listed parameters are redacted in the URLs of an event, and nowhere else") {
  const std::vector<std::string> names = {"token"};
  RawRules rules;
  rules.redact_query = names;
  CHECK(kept(R"( {"page_url" : "https:\/\/h/?token=T" , "x":"?token=T","referrer_url":"a?b=1"} )",
             rules) == R"( {"page_url" : "https://h/?token=REDACTED" , "x":"?token=T",)"
                       R"("referrer_url":"a?b=1"} )");
  CHECK(kept(R"({"page\u005furl":"?token=T"})", rules) == R"({"page\u005furl":"?token=REDACTED"})");
  CHECK_FALSE(kept(R"({"page_url":"?token=T")", rules));
  CHECK_FALSE(kept("?token=T", rules));
}

TEST_CASE(
    "failed_raw: a plan's personal places are masked, unknown types and broken text left out") {
  const PlanCompiled compiled = compile_plan(
      R"({"version":"1","content_types":{"a":{"schema":{"type":"object"},"pii":{"/m":"hash"}}}})");
  const auto plan = Plan::map(compiled.bytes);
  REQUIRE(plan);
  RawRules rules;
  rules.plan = &*plan;
  rules.content_type = "a";
  CHECK(kept(R"({"properties":{"m":"x","n":1}})", rules) == R"({"properties":{"m":"***","n":1}})");
  CHECK_FALSE(kept(R"({"properties":{"m":"x")", rules));
  rules.content_type = "b";
  CHECK_FALSE(kept("{}", rules));
}

TEST_CASE("failed_raw: what was found may be personal by its content type, or by any when untold") {
  const PlanCompiled compiled = compile_plan(
      R"({"version":"1","content_types":{"a":{"schema":true,"pii":{"/m":"hash"}},"b":{"schema":true}}})");
  const auto plan = Plan::map(compiled.bytes);
  REQUIRE(plan);
  CHECK(may_hold_personal(&*plan, "a"));
  CHECK_FALSE(may_hold_personal(&*plan, "b"));
  CHECK(may_hold_personal(&*plan, ""));
  CHECK(may_hold_personal(&*plan, "c"));
  CHECK_FALSE(may_hold_personal(nullptr, ""));
}
