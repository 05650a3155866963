#include "shared/collect/configuration.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

using namespace edgehose;
using nlohmann::json;

namespace {

json schema() {
  std::ifstream file(std::string(EDGEHOSE_SOURCE_DIR) +
                     "/shared/contract/configuration.schema.json");
  REQUIRE(file);
  return json::parse(file);
}

bool accepts(const json& document) {
  Configuration configuration;
  return read_configuration(document.dump(), configuration).empty();
}

std::string problem_of(const std::string& text) {
  Configuration configuration;
  return read_configuration(text, configuration);
}

Configuration configuration_of(const std::string& text) {
  Configuration configuration;
  REQUIRE(read_configuration(text, configuration) == "");
  return configuration;
}

// A document with `value` at one place: "/a/b".
json document_with(const json::json_pointer& place, const json& value) {
  json document = json::object();
  document[place] = value;
  return document;
}

// Checks a member against its part of the schema, from both sides of each bound.
void check_member(const json::json_pointer& place, const json& rule) {
  CAPTURE(place.to_string());
  const auto takes = [&](const json& value) { return accepts(document_with(place, value)); };
  CHECK(rule.contains("description"));
  const std::string type = rule["type"];
  if (type == "integer") {
    const auto min = rule["minimum"].get<uint64_t>();
    const auto max = rule["maximum"].get<uint64_t>();
    CHECK(takes(min));
    CHECK(takes(max));
    CHECK_FALSE(takes(max + 1));
    CHECK_FALSE((min > 0 && takes(min - 1)));
    CHECK_FALSE(takes(-1));
    CHECK_FALSE(takes(1.5));
    CHECK_FALSE(takes("1"));
  } else if (type == "boolean") {
    CHECK(takes(true));
    CHECK(takes(false));
    CHECK_FALSE(takes("true"));
  } else if (type == "string") {
    const std::string name(rule.value("minLength", size_t{4}), 'n');
    const json words = rule.value("enum", json::array({name}));
    if (rule.contains("minLength")) CHECK_FALSE(takes(name.substr(1)));
    // A hash of addresses needs the secret too: its own test.
    for (const json& word : words) CHECK(takes(word) == (word != "hash"));
    if (rule.contains("enum")) CHECK_FALSE(takes("neither"));
    if (rule.contains("pattern")) {
      CHECK(rule["pattern"] == "^[a-zA-Z0-9_.-]{1,64}$");
      CHECK(takes(std::string(64, 'a')));
      for (const std::string& bad :
           {std::string(65, 'a'), std::string(), std::string("a b"), std::string("a/b")}) {
        CHECK_FALSE(takes(bad));
      }
    }
  } else if (type == "object") {
    CHECK(rule["additionalProperties"] == false);
    CHECK_FALSE(accepts(document_with(place / "not_in_the_schema", 1)));
    CHECK_FALSE(takes(1));
    for (const auto& [inner, inner_rule] : rule["properties"].items()) {
      check_member(place / inner, inner_rule);
    }
  } else if (type == "array") {
    const auto max = rule["maxItems"].get<size_t>();
    CHECK(takes(json::array()));
    const size_t bytes_max = rule["items"]["maxLength"].get<size_t>();
    CHECK(takes(json::array({"example.com", "EXAMPLE.jp"})));
    CHECK(takes(json(std::vector<std::string>(max, "a.example"))));
    CHECK_FALSE(takes(json(std::vector<std::string>(max + 1, "a.example"))));
    CHECK(takes(json::array({std::string(bytes_max, 'a')})));
    for (const json& bad : {json(1), json("example.com"), json::array({1}), json::array({""}),
                            json::array({std::string(bytes_max + 1, 'a')})}) {
      CHECK_FALSE(takes(bad));
    }
    if (!rule["items"].contains("pattern")) return;
    for (const std::string bad : {"https://a.example", ".a.example", "a b", "a:1", "*.a"}) {
      CHECK_FALSE(takes(json::array({bad})));
    }
  } else {
    FAIL("a type that this test does not know: " << type);
  }
  CHECK_FALSE(takes(nullptr));
  CHECK_FALSE(takes(json::object({{"x", 1}})));
}

// The schema's default is what the core uses without the member.
template <typename Value>
void check_default(const json& document, const char* place, const Value& value) {
  CAPTURE(place);
  CHECK(document[json::json_pointer(place)]["default"] == value);
}

}  // namespace

TEST_CASE("configuration: the schema and the reader know the same members and bounds") {
  const json document = schema();
  CHECK(document["$schema"] == "https://json-schema.org/draft/2020-12/schema");
  CHECK(document["additionalProperties"] == false);
  CHECK_FALSE(accepts(json{{"not_in_the_schema", 1}}));
  size_t members = 0;
  for (const auto& [name, rule] : document["properties"].items()) {
    const json::json_pointer place("/" + name);
    CAPTURE(name);
    if (name == "streams") continue;
    if (rule["type"] != "object") {
      check_member(place, rule);
      ++members;
      continue;
    }
    CHECK(rule["additionalProperties"] == false);
    CHECK_FALSE(accepts(document_with(place / "not_in_the_schema", 1)));
    CHECK_FALSE(accepts(document_with(place, 1)));
    for (const auto& [inner, inner_rule] : rule["properties"].items()) {
      check_member(place / inner, inner_rule);
      ++members;
    }
  }
  // Those of the plan. A member that only the reader knows would show here: it has none else.
  CHECK(members == 36);
}

TEST_CASE("configuration: streams have the names and the count that the schema says") {
  const json rule = schema()["properties"]["streams"];
  const auto pattern = rule["patternProperties"].items().begin().key();
  CHECK(pattern == "^([a-z][a-z0-9_]{0,63}|[*])$");
  CHECK(rule["additionalProperties"] == false);
  CHECK(rule["patternProperties"][pattern]["pattern"] == "^[a-zA-Z0-9_.-]{1,64}$");
  for (const std::string bad : {"Page", "a-b", "1a", "", "**", "a*"}) {
    CAPTURE(bad);
    CHECK_FALSE(accepts({{"streams", {{bad, "s"}}}}));
  }
  CHECK_FALSE(accepts({{"streams", {{std::string(65, 'a'), "s"}}}}));
  CHECK(accepts({{"streams", {{std::string(64, 'a'), "s"}}}}));
  for (const json& bad :
       {json(1), json(""), json("a b"), json(std::string(65, 'a')), json(nullptr)}) {
    CHECK_FALSE(accepts({{"streams", {{"a", bad}}}}));
  }
  json streams = json::object();
  const auto max = rule["maxProperties"].get<size_t>();
  for (size_t i = 0; i < max; ++i) streams["t" + std::to_string(i)] = "s";
  CHECK(accepts({{"streams", streams}}));
  streams["one_more"] = "s";
  CHECK_FALSE(accepts({{"streams", streams}}));
}

TEST_CASE("configuration: the schema's defaults are those of the core") {
  const json properties = schema()["properties"];
  const Configuration core = configuration_of("");
  check_default(properties, "/failed_stream", core.failed_stream);
  check_default(properties, "/limits/properties/body_bytes_max", core.limits.body_bytes_max);
  check_default(properties, "/limits/properties/events_max", core.limits.events_max);
  check_default(properties, "/limits/properties/held_bytes_max", core.shard.held_bytes_max);
  check_default(properties, "/limits/properties/hop_bytes_max", core.shard.hop_bytes_max);
  CHECK(properties["pack"]["properties"]["ack"]["default"] == "firehose");
  CHECK(core.shard.ack == AckMode::firehose);
  check_default(properties, "/pack/properties/gzip_members", core.shard.gzip_members);
  check_default(properties, "/pack/properties/mode",
                core.shard.mode == PackMode::packed ? "packed" : "single");
  check_default(properties, "/pack/properties/linger_ms", core.shard.linger_ms);
  check_default(properties, "/pack/properties/record_bytes_target", core.shard.record_bytes_target);
  check_default(properties, "/pack/properties/record_events_max", core.shard.record_events_max);
  check_default(properties, "/pack/properties/in_flight_max", core.shard.in_flight_max);
  check_default(properties, "/pacing/properties/mode", core.shard.paced ? "on" : "off");
  check_default(properties, "/pacing/properties/records_s", core.shard.quota.records_s);
  check_default(properties, "/pacing/properties/requests_s", core.shard.quota.requests_s);
  check_default(properties, "/pacing/properties/bytes_s", core.shard.quota.bytes_s);
  check_default(properties, "/pacing/properties/share_permille", core.shard.share_permille);
  check_default(properties, "/ack_deadline_ms", core.shard.ack_deadline_ms);
}

TEST_CASE("configuration: each member is read into its place") {
  const Configuration c = configuration_of(R"({
    "region":"ap-northeast-1","endpoint":"http://127.0.0.1:1","streams":{"page_view":"views","*":"other"},
    "failed_stream":"bad","status":true,"shards":3,
    "limits":{"body_bytes_max":2048,"events_max":7,"held_bytes_max":70000},
    "pack":{"mode":"single","linger_ms":5,"record_bytes_target":10240,"record_events_max":500,"in_flight_max":2},
    "pacing":{"mode":"off","records_s":1000,"requests_s":2000,"bytes_s":4096,"share_permille":250},
    "ack_deadline_ms":5000})");
  CHECK(c.streams == std::vector<std::pair<std::string, std::string>>{{"page_view", "views"}});
  CHECK(c.other_stream == "other");
  CHECK(c.failed_stream == "bad");
  CHECK(c.limits.body_bytes_max == 2'048);
  CHECK(c.limits.events_max == 7);
  CHECK(c.shard.held_bytes_max == 70'000);
  CHECK(c.shard.mode == PackMode::single);
  CHECK(c.shard.linger_ms == 5);
  CHECK(c.shard.record_bytes_target == 10'240);
  CHECK(c.shard.record_events_max == 500);
  CHECK(c.shard.in_flight_max == 2);
  CHECK_FALSE(c.shard.paced);
  CHECK(c.shard.quota.records_s == 1'000);
  CHECK(c.shard.quota.requests_s == 2'000);
  CHECK(c.shard.quota.bytes_s == 4'096);
  CHECK(c.shard.share_permille == 250);
  CHECK(c.shard.ack_deadline_ms == 5'000);
}

TEST_CASE("configuration: each word of a choice has its own meaning") {
  const Configuration first = configuration_of(R"({
    "event_id":"required","unplanned_events":"fail","time":{"action":"mark"},
    "pack":{"mode":"packed","ack":"firehose"},"pacing":{"mode":"on"},
    "privacy":{"ip":"truncate","consent":{"granted":"everything","denied":"everything"}}})");
  CHECK(first.event_id == EventIdPolicy::required);
  CHECK(first.unplanned_events == UnplannedEvents::fail);
  CHECK(first.time.action == LateAction::mark);
  CHECK(first.shard.mode == PackMode::packed);
  CHECK(first.shard.ack == AckMode::firehose);
  CHECK(first.shard.paced);
  CHECK(first.privacy.ip == IpPolicy::truncate);
  CHECK(first.privacy.consent.granted == Keep::everything);
  CHECK(first.privacy.consent.denied == Keep::everything);
  const Configuration last = configuration_of(R"({
    "event_id":"derived","unplanned_events":"pass","time":{"action":"fail"},
    "pack":{"mode":"single","ack":"durable_hop"},"pacing":{"mode":"off"},
    "privacy":{"ip":"drop","consent":{"absent":"anonymous","other":"nothing","gpc":"everything"}}})");
  CHECK(last.event_id == EventIdPolicy::derived);
  CHECK(last.unplanned_events == UnplannedEvents::pass);
  CHECK(last.time.action == LateAction::fail);
  CHECK(last.shard.mode == PackMode::single);
  CHECK(last.shard.ack == AckMode::durable_hop);
  CHECK_FALSE(last.shard.paced);
  CHECK(last.privacy.ip == IpPolicy::drop);
  CHECK(last.privacy.consent.absent == Keep::anonymous);
  CHECK(last.privacy.consent.other == Keep::nothing);
  CHECK(last.privacy.consent.gpc == Keep::everything);
}

TEST_CASE("configuration: no text is the default, and so is an empty object") {
  for (const std::string text : {"", " \n", "{}", " {} "}) CHECK(problem_of(text) == "");
}

TEST_CASE("configuration: a problem is told with its place and what was expected") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"pacing":{"mode":"of"}})", R"(/pacing/mode: expected "on" or "off", found "of")"},
      {R"({"pack":{"linger_ms":5001}})",
       "/pack/linger_ms: expected an integer from 0 to 5000, found 5001"},
      {R"({"pack":{"linger_ms":"5"}})",
       "/pack/linger_ms: expected an integer from 0 to 5000, found \"5\""},
      {R"({"pack":{"mode":1}})", "/pack/mode: expected a string, found 1"},
      {R"({"limits":[]})", "/limits: expected an object, found []"},
      {R"([])", "/: expected an object, found []"},
      {R"({"streams":{"a":"b c"}})",
       "/streams/a: expected a delivery stream's name, ^[a-zA-Z0-9_.-]{1,64}$, found b c"},
      {R"({"streams":{"A":"b"}})",
       "/streams/A: expected a content type, ^[a-z][a-z0-9_]{0,63}$, or *"},
      {R"({"privacy":{"ip":"no\"ne"}})",
       R"(/privacy/ip: expected "truncate", "hash" or "drop", found "no\"ne")"},
      {R"({"limits/events_max":7})",
       "/limits/events_max: unknown member; see configuration.schema.json"},
      {R"({"nope":1})", "/nope: unknown member; see configuration.schema.json"},
      {R"({"limits":{"nope":1}})", "/limits/nope: unknown member; see configuration.schema.json"},
      {R"({"status":"yes"})", "/status: expected true or false, found \"yes\""},
      {R"({"region":1})", "/region: expected a string, found 1"},
      {R"({"shards":0})", "/shards: expected an integer from 1 to 1000, found 0"},
      {R"({"region":"a","region":"b"})", "/region: twice"},
      {R"({"pack":{"linger_ms":1,"linger_ms":2}})", "/pack/linger_ms: twice"},
      {R"({"streams":{"a":"b","a":"c"}})", "/streams/a: twice"},
      {R"({"streams":)", "not JSON: truncated at byte 11"},
      {R"({} x)", "not JSON: unexpected byte at byte 3"},
      {R"({"region":01})", "not JSON: bad number at byte 11"},
      {R"(x)", "not JSON: unexpected byte at byte 0"},
      {R"({"region":"a",})", "not JSON: unexpected byte at byte 14"},
  };
  for (const auto& [text, problem] : cases) {
    CAPTURE(text);
    CHECK(problem_of(text) == problem);
  }
  CHECK(problem_of(std::string("{}\0{", 4)) != "");
  const std::string whole =
      R"({"streams":{"a":"b"},"pack":{"mode":"packed","linger_ms":5},"status":true})";
  for (size_t cut = 1; cut < whole.size(); ++cut) {
    CHECK(problem_of(whole.substr(0, cut)).starts_with("not JSON: "));
  }
}

TEST_CASE(
    "configuration: gzip members are refused with what cannot take them, and with the reason") {
  for (const std::string step : {"append_delimiter", "deaggregation", "dynamic_partitioning",
                                 "transform", "format_conversion", "compression"}) {
    CAPTURE(step);
    // In either order, and only together.
    for (const std::string& text :
         {R"({"pack":{"gzip_members":true,"delivery":{")" + step + R"(":true}}})",
          R"({"pack":{"delivery":{")" + step + R"(":true},"gzip_members":true}})"}) {
      const std::string problem = problem_of(text);
      CHECK(problem.starts_with("/pack/gzip_members: not with /pack/delivery/" + step + ": "));
    }
    CHECK(accepts(json::parse(R"({"pack":{"delivery":{")" + step + R"(":true}}})")));
    CHECK(accepts(
        json::parse(R"({"pack":{"gzip_members":true,"delivery":{")" + step + R"(":false}}})")));
  }
}

TEST_CASE("configuration: where Firehose de-aggregates, a record holds at most 500 events") {
  const auto events_max = [](const std::string& pack) {
    Configuration read;
    const std::string problem = read_configuration(R"({"pack":)" + pack + "}", read);
    return problem.empty() ? read.shard.record_events_max : 0;
  };
  CHECK(events_max(R"({"delivery":{"deaggregation":true}})") == 500);
  CHECK(events_max(R"({"delivery":{"deaggregation":true},"record_events_max":400})") == 400);
  CHECK(events_max(R"({"record_events_max":501,"delivery":{"deaggregation":true}})") == 0);
  CHECK(events_max(R"({"record_events_max":501})") == 501);
}

TEST_CASE("configuration: gzip members are made of more lines, unless it says of how many") {
  const auto target = [](const std::string& pack) {
    return configuration_of(R"({"pack":)" + pack + "}").shard.record_bytes_target;
  };
  CHECK(target("{}") == 256'000);
  CHECK(target(R"({"gzip_members":true})") == 1'000'000);
  CHECK(target(R"({"record_bytes_target":51200,"gzip_members":true})") == 51'200);
}

TEST_CASE("configuration: the stream of failed events is no content type's") {
  CHECK(
      problem_of(R"({"streams":{"a":"failed"}})").starts_with("/streams/a: the stream of failed"));
  CHECK(problem_of(R"({"streams":{"*":"bad"},"failed_stream":"bad"})").starts_with("/streams/*: "));
  CHECK(problem_of(R"({"failed_stream":"a","streams":{"b":"x","c":"a"}})")
            .starts_with("/streams/c: "));
  CHECK(problem_of(R"({"streams":{"a":"failed","*":"all"},"failed_stream":"bad"})").empty());
  const Configuration none;
  CHECK(none.stream_of("failed").empty());
  CHECK(none.stream_of("click") == "click");
}

TEST_CASE("configuration: what is hashed needs a secret") {
  CHECK_FALSE(accepts({{"privacy", {{"ip", "hash"}}}}));
  CHECK(accepts({{"privacy", {{"ip", "hash"}, {"secret", "0123456789abcdef"}}}}));
}
