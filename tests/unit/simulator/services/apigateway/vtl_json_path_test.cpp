#include "simulator/services/apigateway/vtl_json_path.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

// What a path finds in a text, as JSON; "-" for nothing.
std::string find_in(std::string_view json, std::string_view path_text) {
  VtlHeap heap(1U << 20);
  std::string fault;
  const auto value = vtl_parse_json(heap, json, 64, fault);
  if (!value) return fault;
  const auto path = vtl_read_path(path_text, fault);
  if (!path) return fault;
  size_t steps = 1'000;
  const VtlFound found = vtl_find(heap, *value, *path, steps);
  if (found.is_over) return "over";
  if (!found.is_found) return "-";
  std::string out;
  VtlBudget budget{1'000, 10'000};
  REQUIRE(vtl_append_json(out, found.value, budget));
  return out;
}

// goessner.net/articles/JsonPath: the example there, shortened.
constexpr std::string_view kStore =
    R"({"store":{"book":[{"author":"Rees","price":8.95},{"author":"Waugh","price":12.99}],)"
    R"("bicycle":{"color":"red","price":19.95}}})";

}  // namespace

TEST_CASE("vtl json path: paths of the subset") {
  CHECK(find_in(kStore, "$.store.book[0].author") == "\"Rees\"");
  CHECK(find_in(kStore, "$['store']['book'][1]['price']") == "12.99");
  CHECK(find_in(kStore, "store.bicycle.color") == "\"red\"");
  CHECK(find_in(kStore, "$.store.book[-1].author") == "\"Waugh\"");
  CHECK(find_in(kStore, "$.store.book[*].author") == R"(["Rees","Waugh"])");
  CHECK(find_in(kStore, "$..author") == R"(["Rees","Waugh"])");
  CHECK(find_in(kStore, "$.store..price") == "[8.95,12.99,19.95]");
  CHECK(find_in(kStore, "$.store.bicycle.*") == R"(["red",19.95])");
  CHECK(find_in(kStore, "$.store.book[2]") == "-");
  CHECK(find_in(kStore, "$.store.none.deeper") == "-");
  CHECK(find_in(kStore, "$..none") == "[]");
  CHECK(find_in("[1,null]", "$") == "[1,null]");
  CHECK(find_in("[1,null]", "$[1]") == "null");
  CHECK(find_in(R"({"\u00e9":"\ud83d\ude00"})", "$.\xc3\xa9") == "\"\xf0\x9f\x98\x80\"");
}

TEST_CASE("vtl json path: other forms are refused by name") {
  CHECK(find_in("{}", "$.a[?(@.b)]") == "JSONPath $.a[?(@.b)]: a filter is not modelled");
  CHECK(find_in("{}", "$.a[0:2]") == "JSONPath $.a[0:2]: a slice or a union is not modelled");
  CHECK(find_in("{}", "$.a.length()") == "JSONPath $.a.length(): a function is not modelled");
  CHECK(find_in("{}", "$..*") == "JSONPath $..*: ..* and ..[ is not modelled");
  CHECK(find_in("{}", "") == "JSONPath : an empty path is not modelled");
  std::string deep = "$";
  for (int i = 0; i < 200; ++i) deep += ".a";
  CHECK(find_in("{}", deep).find("more than 128 steps") != std::string::npos);
}

TEST_CASE("vtl json path: what is no JSON is told with its place") {
  CHECK(find_in("{\"a\":}", "$") == "unexpected byte at byte 5");
  CHECK(find_in("1 2", "$") == "something behind the value at byte 2");
  CHECK(find_in(std::string(100, '['), "$") == "nested too deep at byte 64");
}

TEST_CASE("vtl json path: the first of two keys has the place, the last one the value") {
  CHECK(find_in(R"({"a":1,"b":2,"a":3})", "$") == R"({"a":3,"b":2})");
}

TEST_CASE("vtl json path: a search has an end") {
  std::string wide = "[";
  for (int i = 0; i < 2'000; ++i) wide += "1,";
  CHECK(find_in(wide + "1]", "$[*]") == "over");
}
