#include "simulator/http/query_form.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace edgehose;
using nlohmann::json;

TEST_CASE("query form: names are paths into a document") {
  REQUIRE(*read_query_form("Action=PutMetricData&MetricData.member.1.MetricName=a%20b"
                           "&MetricData.member.1.Dimensions.member.1.Name=x"
                           "&MetricData.member.2.Value=3") ==
          json::parse(R"({"Action":"PutMetricData","MetricData":[
              {"MetricName":"a b","Dimensions":[{"Name":"x"}]},{"Value":"3"}]})"));
  REQUIRE(*read_query_form("") == json::object());
  REQUIRE(*read_query_form("a=1&&b") == json({{"a", "1"}, {"b", ""}}));
}

TEST_CASE("query form: members stand in the order of their numbers, whatever the gaps") {
  REQUIRE(*read_query_form("L.member.10=c&L.member.2=b&L.member.1=a") ==
          json{{"L", {"a", "b", "c"}}});
  REQUIRE(*read_query_form("L.member.x=a") == json{{"L", {{"member", {{"x", "a"}}}}}});
}

TEST_CASE("query form: contradictions, depth and number have bounds") {
  REQUIRE_FALSE(read_query_form("a=1&a=2"));
  REQUIRE_FALSE(read_query_form("a=1&a.b=2"));
  REQUIRE_FALSE(read_query_form("a.b=1&a=2"));
  REQUIRE_FALSE(read_query_form("=1"));
  REQUIRE_FALSE(read_query_form("a..b=1"));
  REQUIRE(read_query_form("a.b.c.d.e.f.g.h.i.j.k.l=1"));
  REQUIRE_FALSE(read_query_form("a.b.c.d.e.f.g.h.i.j.k.l.m=1"));
  std::string many;
  for (size_t i = 0; i <= kFormParametersMax; ++i) many += "p" + std::to_string(i) + "=&";
  REQUIRE_FALSE(read_query_form(many));
}

TEST_CASE("query form: an answer is elements, lists are members, instants ISO 8601") {
  std::string xml;
  append_query_xml(xml, json::parse(R"({"Datapoints":[{"Timestamp":1795353600.5,"Sum":2.0,
      "ExtendedStatistics":{"p99":1.5},"Unit":"<&>"}],"Empty":[],"Flag":true})"));
  REQUIRE(xml ==
          "<Datapoints><member><ExtendedStatistics><entry><key>p99</key><value>1.5</value></entry>"
          "</ExtendedStatistics><Sum>2.0</Sum><Timestamp>2026-11-22T13:20:00.500Z</Timestamp>"
          "<Unit>&lt;&amp;&gt;</Unit></member></Datapoints><Empty></Empty><Flag>true</Flag>");
}
