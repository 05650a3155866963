#include "shared/base/rare.h"

#include <catch2/catch.hpp>
#include <optional>
#include <string_view>

namespace {

// In the places where the core writes it: before a function, a member and a function that returns a
// value of some size.
struct Counter {
  EDGEHOSE_RARE void add(int more) { count += more; }
  int count = 0;
};
EDGEHOSE_RARE std::optional<std::string_view> rest_of(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return text.substr(1);
}

}  // namespace

TEST_CASE("rare: a function that seldom runs is called and gives its result like any other") {
  Counter counter;
  counter.add(2);
  counter.add(3);
  CHECK(counter.count == 5);
  CHECK(rest_of("abc") == std::string_view("bc"));
  CHECK(rest_of("") == std::nullopt);
}
