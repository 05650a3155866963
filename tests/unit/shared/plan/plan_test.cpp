#include "shared/plan/plan.h"

#include "tests/unit/shared/plan/plan_world.h"

using namespace edgehose;

TEST_CASE("plan: gives the settings of a content type") {
  const TestPlan made(compile_plan(R"({"version":"2026-11-23","failed_raw":"omit","content_types":{
    "page_view":{"schema":{"type":"object"},"stream":"page-views",
      "coerce":{"types":true,"times":["/at"],"empty_string":"absent"},"pii":{"/email":"hash"},
      "late":{"after_ms":86400000,"future_ms":300000,"action":"fail"},"event_id":"derived",
      "partition":"event_hour"},
    "click":{"schema":true}}})"));
  const Plan& plan = *made.plan;
  CHECK(plan.version() == "2026-11-23");
  CHECK(plan.failed_raw() == FailedRaw::omit);
  CHECK(plan.has_pii());
  CHECK(plan.size() == 2);
  const auto type = plan.find("page_view");
  REQUIRE(type);
  CHECK(type->name() == "page_view");
  CHECK(type->stream() == "page-views");
  CHECK(type->coerces_types());
  CHECK_FALSE(type->coerces_every_time());
  CHECK(type->empty_string() == EmptyString::absent);
  CHECK(type->late_after_ms() == 86'400'000);
  CHECK(type->late_future_ms() == 300'000);
  CHECK(type->late_action() == LateAction::fail);
  CHECK(type->event_id() == EventIdPolicy::derived);
  CHECK(type->partition() == PartitionPolicy::event_hour);
  CHECK(type->has_pii());
}

TEST_CASE("plan: what is not said has its default") {
  const TestPlan made(compile_plan(R"({"version":"1","content_types":{"click":{"schema":true}}})"));
  CHECK(made.plan->failed_raw() == FailedRaw::keep);
  const auto type = made.plan->find("click");
  REQUIRE(type);
  CHECK(type->stream().empty());
  CHECK_FALSE(type->coerces_types());
  CHECK(type->empty_string() == EmptyString::keep);
  CHECK_FALSE(type->late_after_ms());
  CHECK_FALSE(type->late_future_ms());
  CHECK_FALSE(type->late_action());
  const TestPlan mark(compile_plan(
      R"({"version":"1","content_types":{"c":{"schema":true,"late":{"action":"mark"}}}})"));
  CHECK(mark.plan->find("c")->late_action() == LateAction::mark);
  CHECK(type->event_id() == EventIdPolicy::required);
  CHECK(type->partition() == PartitionPolicy::none);
  CHECK_FALSE(type->has_pii());
  CHECK_FALSE(made.plan->find("page_view"));
  CHECK_FALSE(made.plan->find(""));
  const TestPlan none(compile_plan(R"({"version":"1","content_types":{}})"));
  CHECK_FALSE(none.plan->find("click"));
  // Personal places without a word on failed events: redacted.
  const TestPlan pii(
      compile_plan(R"({"version":"1","content_types":{"c":{"schema":true,"pii":{"/a":"drop"}}}})"));
  CHECK(pii.plan->failed_raw() == FailedRaw::redact);
}
