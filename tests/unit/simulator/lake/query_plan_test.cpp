#include "simulator/lake/query_plan.h"

#include <catch2/catch.hpp>

namespace edgehose {

TEST_CASE("split_filters: splits where all parentheses are closed") {
  using Texts = std::vector<std::string>;
  CHECK(split_filters("") == Texts{});
  CHECK(split_filters("(hour = 9)") == Texts{"(hour = 9)"});
  CHECK(split_filters("(hour > 8)(content_type = 'click')") ==
        Texts{"(hour > 8)", "(content_type = 'click')"});
  CHECK(split_filters("prefix(content_type, 'a')(hour > 8)") ==
        Texts{"prefix(content_type, 'a')", "(hour > 8)"});
  CHECK(split_filters("((hour = 1) OR (hour = 2))(x = ')(')") ==
        Texts{"((hour = 1) OR (hour = 2))", "(x = ')(')"});
  CHECK(split_filters("(x = 'it''s)')(y)") == Texts{"(x = 'it''s)')", "(y)"});
}

TEST_CASE("parse_plan: finds scans in any depth, with filters and counts where there are some") {
  const auto scans = parse_plan(R"json([{"name":"JOIN","extra_info":{},"children":[
      {"name":"READ_JSON","children":[],"extra_info":{"Function":"READ_JSON",
        "File Filters":"(hour = 9)","Scanning Files":"4/12"}},
      {"name":"P","extra_info":{"Projections":["a","b"]},"children":[
        {"name":"READ_NDJSON","children":[],"extra_info":{"Function":"READ_NDJSON"}}]}]}])json");
  REQUIRE(scans);
  REQUIRE(scans->size() == 2);
  CHECK(scans->at(0).function == "READ_JSON");
  CHECK(scans->at(0).filters == std::vector<std::string>{"(hour = 9)"});
  CHECK(scans->at(0).files == 4U);
  CHECK(scans->at(1).function == "READ_NDJSON");
  CHECK(scans->at(1).filters.empty());
  CHECK_FALSE(scans->at(1).files);
}

TEST_CASE("reads_files_itself: tells readers of files from views and other functions") {
  const auto statement = [](const std::string& from) {
    return R"({"error":false,"statements":[{"node":{"type":"SELECT_NODE","from_table":)" + from +
           "}}]}";
  };
  const auto function = [&](const std::string& name) {
    return statement(R"({"type":"TABLE_FUNCTION","function":{"function_name":")" + name + "\"}}");
  };
  const auto table = [&](const std::string& name) {
    return statement(R"({"type":"BASE_TABLE","table_name":")" + name + "\"}");
  };
  CHECK(reads_files_itself(function("read_json")));
  CHECK(reads_files_itself(function("query_table")));
  CHECK(reads_files_itself(table("s3/x.json")));
  CHECK_FALSE(reads_files_itself(function("range")));
  CHECK_FALSE(reads_files_itself(table("events")));
  CHECK(reads_files_itself(R"({"error":true})"));
  CHECK(reads_files_itself("not json"));
}

TEST_CASE("parse_plan: other text is no plan") {
  for (const char* bad : {"", "x", "{}", "[{}]", R"([{"extra_info":{}}])", "[1]"}) {
    INFO(bad);
    CHECK_FALSE(parse_plan(bad));
  }
}

}  // namespace edgehose
