// What collect.h makes of events under a tracking plan.
#include "shared/collect/collect.h"

#include <array>
#include <string>
#include <vector>

#include "shared/plan/plan_compile.h"
#include "tests/unit/shared/collect/collect_world.h"

using namespace edgehose;

namespace {

// A collector with a plan, and what it makes of one body.
Out post_planned(const std::string& plan_text, const std::string& body,
                 const std::string& configuration = R"({"streams":{"*":"all"}})") {
  const PlanCompiled compiled = compile_plan(plan_text);
  for (const PlanProblem& problem : compiled.problems) INFO(problem.what);
  REQUIRE(compiled.problems.empty());
  const auto plan = Plan::map(compiled.bytes);
  REQUIRE(plan);
  Request request;
  request.received_ms = kNowMs;
  request.method = "POST";
  request.path = "/collect";
  request.body = body;
  Out out;
  Collector(configuration_of(configuration), plan).collect(request, out.shaped);
  std::string_view frame = out.shaped.lines;
  for (Line line; take_line(frame, line);) {
    out.lines.push_back({std::string(line.stream), std::string(line.text), json::parse(line.text),
                         std::string(line.partition)});
  }
  return out;
}

const std::string kPlan = R"({"version":"7","content_types":{
  "page_view":{"schema":{"type":"object","required":["price"],
      "properties":{"price":{"type":"integer","minimum":1}},"additionalProperties":false},
    "stream":"views","coerce":{"types":true},"event_id":"derived",
    "late":{"after_ms":1000,"future_ms":1000,"action":"fail"},"partition":"event_hour"},
  "click":{"schema":{"type":"object"}}}})";

std::string planned(const std::string& type, const std::string& properties,
                    const std::string& time = "2026-11-22T13:00:00Z") {
  return R"({"event_id":"e","content_type":")" + type + R"(","time":")" + time +
         R"(","properties":)" + properties + "}";
}

}  // namespace

TEST_CASE("collect: own data is what the plan made of it, wherever it stands in the event") {
  for (const std::string& body :
       {planned("page_view", R"({ "price" : "12" })"),
        std::string(R"({"properties":{"price":"12"},"time":"2026-11-22T13:00:00Z","event_id":"e",)"
                    R"("content_type":"page_view"})")}) {
    CAPTURE(body);
    const Out out = post_planned(kPlan, body);
    REQUIRE(out.lines.size() == 1);
    const json& line = out.lines[0].document;
    CHECK(out.lines[0].stream == "views");
    CHECK(out.lines[0].partition == "2026-11-22T13");
    CHECK(line["properties"] == json{{"price", 12}});
    CHECK(line["coerced"] == json{"/price"});
    CHECK(line["plan_version"] == "7");
  }
}

TEST_CASE(
    "collect: what the plan refuses is a failed event with its place, its rule and its bytes") {
  const std::string body = planned("page_view", R"({"price":0})");
  for (const auto& [properties, pointer, keyword] : std::vector<std::array<std::string, 3>>{
           {R"({"price":0})", "/properties/price", "minimum"},
           {R"({"price":1,"x":2})", "/properties/x", "additionalProperties"},
           {R"({})", "/properties/price", "required"},
           {R"(null)", "/properties/price", "required"},
           {R"([])", "/properties", "type"}}) {
    CAPTURE(properties);
    const std::string bad = planned("page_view", properties);
    const Out out = post_planned(kPlan, "[" + bad + "," + planned("click", "{}") + "]");
    REQUIRE(out.lines.size() == 2);
    const json& line = out.lines[0].document;
    CHECK(out.lines[0].stream == "failed");
    CHECK(line["pointer"] == pointer);
    CHECK(line["keyword"] == keyword);
    CHECK(line["content_type"] == "page_view");
    CHECK(raw_of(out.lines[0]) == bad);
    CHECK(out.lines[1].stream == "all");
  }
}

TEST_CASE("collect: a failed event shows no personal place, wherever its sender put it") {
  const std::string plan = R"({"version":"1","content_types":{
    "click":{"schema":{"type":"object"},"pii":{"/email":"hash"}},"view":{"schema":true}}})";
  const std::string configuration =
      R"({"streams":{"*":"all"},"privacy":{"secret":"0123456789abcdef"}})";
  const std::string start = R"({"event_id":"1","content_type":"click","time":1795352400,)";
  for (const std::string& body :
       {start + R"("properties":[{"email":"SECRET"}]})",
        start + R"("properties":"{\"email\":\"SECRET\"}"})", start + R"("email":"SECRET"})",
        start + R"("propertes":{"email":"SECRET"}})", start + R"("user_id":{"email":"SECRET"}})",
        start + R"("properties":{"email":"SECRET"},"content_type":"view"})",
        std::string(R"({"time":"SECRET","content_type":"click","event_id":"1"})"),
        std::string(R"(["SECRET"])"), std::string(R"([{"event_id":"SECRET "}])"),
        R"({"events":[{}],"email":"SECRET"})" + std::string()}) {
    CAPTURE(body);
    const Out out = post_planned(plan, body, configuration);
    REQUIRE_FALSE(out.lines.empty());
    for (const OutLine& line : out.lines) {
      CHECK(line.stream == "failed");
      CHECK(line.document.value("actual", "").find("SECRET") == std::string::npos);
      // A time is no personal place.
      if (line.document.contains("raw") && line.document["pointer"] != "/time")
        CHECK(raw_of(line).find("SECRET") == std::string::npos);
    }
  }
  // The content type without personal places keeps what was found.
  const Out view =
      post_planned(plan, R"({"event_id":"1","content_type":"view","time":"soon"})", configuration);
  CHECK(view.lines[0].document["actual"] == R"("soon")");
}

TEST_CASE("collect: a content type with escapes has the plan of its name, wherever it stands") {
  for (const std::string& body :
       {std::string(
            R"({"event_id":"e","content_type":"page\u005fview","time":"2026-11-22T13:00:00Z",)"
            R"("properties":{"price":"12"}})"),
        std::string(R"({"properties":{"price":"12"},"time":"2026-11-22T13:00:00Z",)"
                    R"("content_type":"page\u005fview"})")}) {
    CAPTURE(body);
    const Out out = post_planned(kPlan, body);
    REQUIRE(out.lines.size() == 1);
    CHECK(out.lines[0].stream == "views");
    CHECK(out.lines[0].document["properties"] == json{{"price", 12}});
  }
}

TEST_CASE("collect: a fault of grammar inside planned data costs that event alone") {
  const Out out = post_planned(kPlan, R"([{"event_id":"e","content_type":"page_view","time":0,)"
                                      R"("properties":{"price":tru}},)" +
                                          planned("click", "{}") + "]");
  REQUIRE(out.lines.size() == 2);
  CHECK(out.lines[0].document["reason"] == "malformed_json");
  CHECK(out.lines[0].document["pointer"] == "/properties/price");
  CHECK(out.lines[1].stream == "all");
}

TEST_CASE(
    "collect: the plan's word on time, ids and unknown types comes before the configuration's") {
  CHECK(post_planned(kPlan, planned("page_view", R"({"price":1})", "2026-11-22T12:59:59Z"))
            .lines[0]
            .document["reason"] == "late_event");
  CHECK(post_planned(kPlan, planned("click", "{}", "2026-11-22T12:59:59Z")).lines[0].stream ==
        "all");
  const std::string no_id =
      R"({"content_type":"page_view","time":"2026-11-22T13:00:00Z","properties":{"price":1}})";
  CHECK(post_planned(kPlan, no_id).lines[0].document["event_id"].get<std::string>().size() == 36);
  CHECK(post_planned(kPlan, planned("other", "{}")).lines[0].document["reason"] ==
        "unknown_content_type");
  CHECK(post_planned(kPlan, planned("other", "{}"),
                     R"({"streams":{"*":"all"},"unplanned_events":"pass"})")
            .lines[0]
            .stream == "all");
}

TEST_CASE("collect: own data of a type that the plan does not name has each member once") {
  const Out out = post_planned(kPlan, planned("other", R"({"a":1,"a":1})"),
                               R"({"streams":{"*":"all"},"unplanned_events":"pass"})");
  CHECK(out.lines[0].document["pointer"] == "/properties/a");
}

TEST_CASE("collect: of lateness the plan overrides what it says and leaves the rest") {
  const auto reason_of = [](const std::string& late, const std::string& time) {
    const Out out = post_planned(
        R"({"version":"1","content_types":{"click":{"schema":true,"late":)" + late + "}}}",
        planned("click", "{}", "2026-11-22T12:00:00Z"),
        R"({"streams":{"*":"all"},"time":{)" + time + "}}");
    const json& line = out.lines.at(0).document;
    return line.value("reason", line.value("time_status", ""));
  };
  const std::string strict = R"("late_after_ms":1000,"action":"fail")";
  CHECK(reason_of(R"({"action":"fail"})", R"("late_after_ms":1000)") == "late_event");
  CHECK(reason_of(R"({"action":"mark"})", strict) == "late");
  CHECK(reason_of(R"({"future_ms":1})", strict) == "late_event");
  CHECK(reason_of(R"({"after_ms":1000})", R"("action":"fail")") == "late_event");
  CHECK(reason_of(R"({"after_ms":7200000})", strict).empty());
  CHECK(reason_of("{}", strict) == "late_event");
}

// shape() judges every output: here the input is anything.
TEST_CASE("collect: a plan that its configuration cannot serve is refused with the place") {
  const auto problem_of = [](const std::string& type, const std::string& configuration) {
    const PlanCompiled compiled =
        compile_plan(R"({"version":"1","content_types":{"a":{"schema":true},"b":{"schema":true,)" +
                     type + "}}}");
    REQUIRE(compiled.problems.empty());
    const auto plan = Plan::map(compiled.bytes);
    REQUIRE(plan);
    return std::string(plan_problem(configuration_of(configuration), *plan));
  };
  const std::string secret = R"({"privacy":{"secret":"0123456789abcdef"}})";
  const std::string members = R"({"pack":{"gzip_members":true}})";
  CHECK(problem_of(R"("pii":{"/email":"hash"})", "").starts_with("/privacy/secret: needed"));
  CHECK(problem_of(R"("pii":{"/email":"hash"})", secret).empty());
  CHECK(problem_of(R"("pii":{"/email":"mask","/note":"drop"})", "").empty());
  CHECK(problem_of(R"("partition":"event_hour")", members).starts_with("/pack/gzip_members: not"));
  CHECK(problem_of(R"("partition":"event_hour")", "").empty());
  CHECK(problem_of(R"("partition":"none")", members).empty());
  CHECK(problem_of(R"("stream":"failed")", "").starts_with("/failed_stream: a content type"));
  CHECK(problem_of(R"("stream":"failed")", R"({"failed_stream":"bad"})").empty());
  CHECK_FALSE(problem_of(R"("stream":"bad")", R"({"failed_stream":"bad"})").empty());
}
