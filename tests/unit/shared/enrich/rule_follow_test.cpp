#include "shared/enrich/rule_follow.h"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "shared/enrich/rule_set.h"

using namespace edgehose;

namespace {

constexpr uint8_t op(RuleOp code) { return static_cast<uint8_t>(code); }

std::string bytes_of(const ByteClass& set) {
  std::string bytes;
  for (unsigned byte = 0; byte < 256; ++byte) {
    if (set.has(static_cast<uint8_t>(byte))) bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

ByteClass class_of(std::string_view bytes) {
  ByteClass set;
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    set.words[byte / 32] |= uint32_t{1} << (byte % 32);
  }
  return set;
}

// Classes: 0 everything, 1 digits, 2 "-".
struct Filled {
  std::vector<ByteClass> classes;
  std::vector<uint8_t> code;
  uint16_t first = 0;

  explicit Filled(std::vector<uint8_t> program, size_t room = 16) : code(std::move(program)) {
    classes.reserve(3 + room);
    ByteClass all;
    all.words.fill(0xffffffff);
    classes = {all, class_of("0123456789"), class_of("-")};
    classes.reserve(3 + room);
    RuleFollow follow(classes);
    first = follow.fill(code.data());
  }
  std::string set_at(size_t at) const { return bytes_of(classes[rule_u16(code.data() + at)]); }
};

}  // namespace

TEST_CASE("rule follow: a run is followed by what stands behind it, past what takes no byte") {
  // [0-9]+ (save) -? a
  const Filled filled({op(RuleOp::run),  1, 0, 0, 0, 1, 0xff, 0xff, op(RuleOp::save), 3,
                       op(RuleOp::run),  2, 0, 0, 0, 0, 1,    0,    op(RuleOp::byte), 'a',
                       op(RuleOp::match)});
  CHECK(filled.set_at(3) == "-a");
  CHECK(filled.set_at(13) == "a");
  CHECK(bytes_of(filled.classes[filled.first]) == "0123456789");
}

TEST_CASE("rule follow: a part may be left out, and a loop may come again") {
  // (?:ab)* $
  const Filled filled({op(RuleOp::optional), 0, 0, 0, 0, 7, 0, op(RuleOp::text), 2, 'a', 'b',
                       op(RuleOp::back), 14, 0, op(RuleOp::end), op(RuleOp::match)});
  CHECK(filled.set_at(1) == "a");
  CHECK(filled.set_at(3) == std::string(1, '\0'));
  CHECK(bytes_of(filled.classes[filled.first]) == std::string("\0a", 2));
}

TEST_CASE("rule follow: each alternative has its own beginning") {
  // (?:[0-9]*|x)- where the first may be empty
  const Filled filled({op(RuleOp::choose),
                       2,
                       0,
                       0,
                       0,
                       0,
                       0,
                       0,
                       11,
                       0,
                       op(RuleOp::run),
                       1,
                       0,
                       0,
                       0,
                       0,
                       0xff,
                       0xff,
                       op(RuleOp::jump),
                       2,
                       0,
                       op(RuleOp::byte),
                       'x',
                       op(RuleOp::one),
                       2,
                       0,
                       op(RuleOp::match)});
  CHECK(filled.set_at(2) == "-0123456789");
  CHECK(filled.set_at(6) == "x");
  CHECK(filled.set_at(13) == "-");
}

TEST_CASE("rule follow: behind the end of a rule stands anything") {
  const Filled filled({op(RuleOp::run), 1, 0, 9, 9, 0, 0xff, 0xff, op(RuleOp::match)});
  CHECK(rule_u16(filled.code.data() + 3) == 0);
  CHECK(filled.first == 0);
}

TEST_CASE("rule follow: without room for a set everything may follow") {
  const Filled filled(
      {op(RuleOp::run), 1, 0, 0, 0, 1, 0xff, 0xff, op(RuleOp::byte), 'a', op(RuleOp::match)}, 0);
  CHECK(rule_u16(filled.code.data() + 3) == 0);
}

TEST_CASE("rule follow: there is room for the sets of all rules") {
  RuleSet set(user_agent_rules());
  size_t unknown = 0;
  for (size_t i = 0; i < set.rules().size(); ++i) {
    set.prepare(i);
    unknown += set.rules()[i].first == 0 ? 1 : 0;
  }
  // Some may begin with anything.
  CHECK(unknown < 20);
}
