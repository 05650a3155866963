#include "shared/plan/plan_check.h"

#include <random>

#include "tests/unit/shared/plan/plan_world.h"

using namespace edgehose;

namespace {

std::string whole_plan() {
  return compile_plan(R"({"version":"1","content_types":{"t":{"schema":{"type":"object",
    "properties":{"a":{"type":"string","pattern":"^[a-z]{1,3}$","minLength":1},
      "b":{"type":"integer","minimum":1,"multipleOf":2},"c":{"enum":["x",1,{"k":[1]}],"const":"x"},
      "d":{"type":"array","prefixItems":[{"type":"null"}],"items":{"$ref":"#"},"contains":{"const":1},
        "uniqueItems":true},
      "e":{"anyOf":[{"pattern":"^(a|b)*$"},{"not":{"pattern":"a.{20}$"}}],
        "if":{"type":"string"},"then":{"maxLength":3}}},
    "patternProperties":{"^x":{"type":"number"}},"additionalProperties":false,
    "propertyNames":{"maxLength":8},"required":["a"],"dependentRequired":{"a":["b"]}},
    "pii":{"/a":"hash","/d/*/a":"mask"},"coerce":{"types":true,"times":["/f"]}}}})")
      .bytes;
}

}  // namespace

TEST_CASE("plan check: takes what the compiler writes and no other size of it") {
  const std::string bytes = whole_plan();
  REQUIRE(is_sound_plan(bytes));
  for (size_t i = 0; i < bytes.size(); ++i) REQUIRE_FALSE(is_sound_plan(bytes.substr(0, i)));
  CHECK_FALSE(is_sound_plan(bytes + "x"));
  CHECK_FALSE(is_sound_plan(""));
}

TEST_CASE("plan check: what it takes of a damaged binary can be followed") {
  const std::string good = whole_plan();
  std::mt19937 random(5);
  int taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good;
    for (auto n = 1 + random() % 3; n > 0; --n) {
      const size_t at = random() % bytes.size();
      const bool small = random() % 2 == 0;
      bytes[at] =
          small ? static_cast<char>(bytes[at] ^ (1 << random() % 8)) : static_cast<char>(random());
    }
    const auto plan = Plan::map(bytes);
    if (!plan) continue;
    ++taken;
    for (uint32_t type = 0; type < plan->size(); ++type) {
      Validator validator;
      ByteBuffer out;
      JsonScanner in(R"({"a":"ab","b":"4","c":"x","d":[null,{"a":"b","b":2},1],"e":"ab","x1":1})");
      (void)validator.read((*plan)[type], in, out, "key");
    }
  }
  CHECK(taken > 1'000);
}
