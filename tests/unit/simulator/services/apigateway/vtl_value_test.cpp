#include "simulator/services/apigateway/vtl_value.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

using namespace edgehose;

namespace {

std::string text_of(const VtlValue& value) {
  std::string out;
  VtlBudget budget{1'000, 1'000};
  REQUIRE(vtl_append_text(out, value, budget));
  return out;
}

std::optional<bool> equal_values(const VtlValue& a, const VtlValue& b) {
  size_t steps = 1'000;
  return vtl_equal(a, b, steps);
}

}  // namespace

// Java's Double.toString(), by its documentation.
TEST_CASE("vtl value: doubles print as Java's do") {
  const std::vector<std::pair<double, std::string>> cases = {
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {1.0, "1.0"},
      {0.1, "0.1"},
      {1.5, "1.5"},
      {100.0, "100.0"},
      {1234567.0, "1234567.0"},
      {1e7, "1.0E7"},
      {1.25e10, "1.25E10"},
      {0.001, "0.001"},
      {0.0001, "1.0E-4"},
      {-2.5, "-2.5"},
      {0.1 + 0.2, "0.30000000000000004"},
      {123456.789, "123456.789"},
      {std::numeric_limits<double>::infinity(), "Infinity"},
  };
  for (const auto& [value, text] : cases) CHECK(vtl_double_text(value) == text);
  CHECK(vtl_double_text(std::nan("")) == "NaN");
}

TEST_CASE("vtl value: whole numbers are numbers, the others keep their text") {
  CHECK(std::get<int64_t>(vtl_number("0")) == 0);
  CHECK(std::get<int64_t>(vtl_number("-17")) == -17);
  CHECK(std::get<int64_t>(vtl_number("999999999999999999")) == 999'999'999'999'999'999);
  for (const char* text : {"1.0", "1e3", "-0", "9223372036854775808", "1.50"}) {
    CHECK(std::get<VtlDecimal>(vtl_number(text)).text == text);
  }
}

TEST_CASE("vtl value: a map keeps its order and finds its keys, few or many") {
  VtlHeap heap(1U << 20);
  VtlMap* map = heap.map();
  for (int i = 0; i < 100; ++i) map->put(heap.text("k" + std::to_string(i)), int64_t{i});
  map->put("k7", int64_t{-7});
  CHECK(map->entries.size() == 100);
  CHECK(map->entries[7].first == "k7");
  CHECK(std::get<int64_t>(*map->find("k7")) == -7);
  CHECK(std::get<int64_t>(*map->find("k99")) == 99);
  CHECK(map->find("k100") == nullptr);
}

TEST_CASE("vtl value: equality") {
  VtlHeap heap(1U << 20);
  CHECK(equal_values(int64_t{1}, VtlDecimal{"1.0"}) == true);
  CHECK(equal_values(int64_t{1}, std::string_view("1")) == true);
  CHECK(equal_values(true, std::string_view("true")) == true);
  CHECK(equal_values(VtlValue{}, VtlValue{}) == true);
  CHECK(equal_values(VtlValue{}, false) == false);
  CHECK(equal_values(std::string_view("a"), std::string_view("b")) == false);
  VtlList* a = heap.list();
  VtlList* b = heap.list();
  a->items = {int64_t{1}};
  b->items = {int64_t{1}};
  CHECK(equal_values(a, b) == true);
  b->items.emplace_back(a);
  CHECK(equal_values(a, b) == false);
  a->items.emplace_back(a);
  VtlList* c = heap.list();
  c->items = {int64_t{1}, c};
  CHECK_FALSE(equal_values(a, c).has_value());
}

TEST_CASE("vtl value: what passes its budget is not printed") {
  VtlHeap heap(1U << 20);
  VtlList* list = heap.list();
  list->items = {int64_t{1}, std::string_view("x"), VtlValue{}};
  CHECK(text_of(list) == "[1, x, null]");
  std::string out;
  VtlBudget few{2, 1'000};
  CHECK_FALSE(vtl_append_json(out, list, few));
  list->items.emplace_back(list);
  VtlBudget many{1'000, 1'000};
  CHECK_FALSE(vtl_append_text(out, list, many));
}

TEST_CASE("vtl value: the heap knows when it is full") {
  VtlHeap heap(1'000);
  CHECK_FALSE(heap.is_full());
  (void)heap.text(std::string(2'000, 'x'));
  CHECK(heap.is_full());
}
