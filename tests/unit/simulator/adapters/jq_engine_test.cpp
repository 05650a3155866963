#include "simulator/adapters/jq_engine.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

using Keys = std::vector<std::pair<std::string, std::string>>;

JqKeys run(std::string_view query, std::string_view json) {
  std::string fault;
  const auto program = JqEngine().compile(query, fault);
  INFO(fault);
  REQUIRE(program != nullptr);
  return program->run(json);
}

std::string fault_of(std::string_view query) {
  std::string fault;
  const auto program = JqEngine().compile(query, fault);
  REQUIRE((program == nullptr) != fault.empty());
  return fault;
}

}  // namespace

TEST_CASE("jq engine: the queries that streams use") {
  REQUIRE(
      run(R"({site:.site,day:.ts|strftime("%d")})", R"({"site":"note","ts":1700000000})").keys ==
      Keys{{"site", "note"}, {"day", "14"}});
  REQUIRE(run(R"({ct:.content_type,h:(.event_time[0:13])})",
              R"({"content_type":"click","event_time":"2026-11-22T13:00:00.123Z"})")
              .keys == Keys{{"ct", "click"}, {"h", "2026-11-22T13"}});
  REQUIRE(
      run(R"({v:(.a.b // "none"),n:.n,f:.f,ok:.ok,z:.z})", R"({"n":5,"f":1.5,"ok":true})").keys ==
      Keys{{"v", "none"}, {"n", "5"}, {"f", "1.5"}, {"ok", "true"}, {"z", ""}});
  REQUIRE(run(R"jq({u:"\(.a)-\(.b)"})jq", R"({"a":1,"b":"x"})").keys == Keys{{"u", "1-x"}});
}

TEST_CASE(
    "jq engine: a program runs again and again, and a fault of one record is not the next's") {
  std::string fault;
  const auto program = JqEngine().compile("{a:(.a|ascii_downcase)}", fault);
  REQUIRE(program->run(R"({"a":1})").fault.find("explode input must be a string") !=
          std::string::npos);
  REQUIRE(program->run(R"({"a":"X"})").keys == Keys{{"a", "x"}});
  REQUIRE(program->run("nope").fault == "Non JSON record provided");
  REQUIRE(program->run(R"({"a":"Y"})").keys == Keys{{"a", "y"}});
}

TEST_CASE("jq engine: what is no object of scalars is a fault") {
  REQUIRE_THAT(run(".a", R"({"a":1})").fault, Catch::Contains("did not return an object"));
  REQUIRE_THAT(run("empty", "{}").fault, Catch::Contains("returned nothing"));
  REQUIRE_THAT(run("{a:.a}", R"({"a":[1]})").fault, Catch::Contains("must be strings"));
}

TEST_CASE("jq engine: what does not compile says why") {
  REQUIRE_THAT(fault_of("{a:"), Catch::Contains("syntax error"));
  REQUIRE_THAT(fault_of("nothing_of_this_name"), Catch::Contains("not defined"));
  REQUIRE(fault_of(std::string_view("{}\0", 3)) == "it holds a zero byte");
}

TEST_CASE("jq engine: what depends on the moment or has no end is refused by name") {
  for (const char* query :
       {"{a:now}", "{a:env.HOME}", "{a:$ENV.HOME}", "{a:input}", "[inputs]", "{a:(1|debug)}",
        "def f: f; f", "{a:([range(10)]|length)}", "[repeat(1)]", "{a:last(recurse(.))}",
        "[while(true;1)]", "{a:until(false;.)}", "import \"x\" as x; .", "{a:input_line_number}",
        "{a:\"\\(now)\"}", "{a:\"x\\(\"y\\(now)\")\"}", "{a:halt}", "{a:(0|localtime)}"}) {
    INFO(query);
    REQUIRE_THAT(fault_of(query), Catch::Contains("is refused"));
  }
}

TEST_CASE("jq engine: fields and texts may have the names of what is refused") {
  REQUIRE(
      run(R"({a:.now,b:"now",c:.env.input,d:"\"now(\\"})", R"({"now":1,"env":{"input":2}})").keys ==
      Keys{{"a", "1"}, {"b", "now"}, {"c", "2"}, {"d", "\"now(\\"}});
  REQUIRE(run("{a:([recurse]|length)} # now", "{}").keys == Keys{{"a", "1"}});
}
