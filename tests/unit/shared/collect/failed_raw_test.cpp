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

TEST_CASE("failed_raw: listed parameters are redacted in every text of an event") {
  const std::vector<std::string> names = {"token"};
  RawRules rules;
  rules.redact_query = names;
  CHECK(kept(R"( {"page_url" : "https:\/\/h/?token=T" , "x":"\u003ftoken\u003dT","y":"a?b=1\n"} )",
             rules) == R"( {"page_url" : "https://h/?token=REDACTED" , "x":"?token=REDACTED",)"
                       R"("y":"a?b=1\n"} )");
  CHECK(kept(R"({"properties":{"a":[{"b":"token=T&c=1"}]},"https:\/\/h?token=T":"\""})", rules) ==
        R"({"properties":{"a":[{"b":"token=REDACTED&c=1"}]},"https://h?token=REDACTED":"\""})");
  CHECK(kept(R"("https://h/?token=T")", rules) == R"("https://h/?token=REDACTED")");
  CHECK(kept("[1,null]", rules) == "[1,null]");
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

TEST_CASE("failed_raw: what a fault shows has no listed parameter, also where the text was cut") {
  const std::vector<std::string> names = {"token"};
  const auto shown = [&](std::string text, const std::vector<std::string>& list) {
    redact_shown(text, list);
    return text;
  };
  CHECK(shown(R"("https://h/?a=1&token=SECR...)", names) == R"("https://h/?a=1&token=REDACTED)");
  CHECK(shown(R"(["https://h/?to%6Ben=T"])", names) == R"(["https://h/?to%6Ben=REDACTED)");
  CHECK(shown(R"("token=T")", names) == R"("token=REDACTED)");
  CHECK(shown(R"("https://h/?token\u003dT")", names).empty());
  CHECK(shown("/~1?token=T", names) == "/~1?token=REDACTED");
  CHECK(shown(R"("soon")", names) == R"("soon")");
  CHECK(shown(R"("?token\u003dT")", {}) == R"("?token\u003dT")");
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
