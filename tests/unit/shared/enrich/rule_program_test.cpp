#include "shared/enrich/rule_program.h"

#include <array>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

using namespace edgehose;

namespace {

constexpr uint8_t op(RuleOp code) { return static_cast<uint8_t>(code); }

// Class 0 takes everything, 1 digits, 2 letters, 3 a dot.
std::array<ByteClass, 4> classes() {
  std::array<ByteClass, 4> made;
  for (unsigned i = 0; i <= kLineEndCharacter; ++i) made[0].words[i / 32] |= 1u << (i % 32);
  for (unsigned i = '0'; i <= '9'; ++i) made[1].words[i / 32] |= 1u << (i % 32);
  for (unsigned i = 'a'; i <= 'z'; ++i) made[2].words[i / 32] |= 1u << (i % 32);
  made[3].words['.' / 32] |= 1u << ('.' % 32);
  return made;
}

struct Outcome {
  bool matched;
  std::string whole;
};

Outcome run(std::vector<uint8_t> code, std::string_view text, size_t start = 0) {
  code.resize(code.size() + kBehindProgram);
  static const std::array<ByteClass, 4> kClasses = classes();
  AgentText agent;
  agent.prepare(text);
  const auto matcher = std::make_unique<RuleMatcher>();
  matcher->begin(agent, kClasses.data());
  if (!matcher->match(code.data(), false, start)) return {false, ""};
  const RuleMatcher::Group group = matcher->group(0);
  return {true, std::string(agent.slice(group.from, group.to))};
}

}  // namespace

TEST_CASE("rule program: a run gives back what the rest needs") {
  // [a-z]{1,}ab
  const std::vector<uint8_t> code = {
      op(RuleOp::run), 2, 0, 0, 0, 1, 0xff, 0xff, op(RuleOp::text), 2, 'a', 'b', op(RuleOp::match)};
  CHECK(run(code, "xabab.").whole == "xabab");
  CHECK(run(code, "xabc").whole == "xab");
  CHECK_FALSE(run(code, "ab").matched);
  CHECK_FALSE(run(code, "").matched);
}

TEST_CASE("rule program: a lazy run takes as little as it can, and no more than it may") {
  // [a-z]{0,3}?b
  const std::vector<uint8_t> code = {
      op(RuleOp::run_lazy), 2, 0, 0, 0, 0, 3, 0, op(RuleOp::byte), 'b', op(RuleOp::match)};
  CHECK(run(code, "ababab").whole == "ab");
  CHECK(run(code, "xxxb").whole == "xxxb");
  CHECK_FALSE(run(code, "xxxxb").matched);
}

TEST_CASE("rule program: alternatives are tried in their order") {
  // (?:a|ab)c
  const std::vector<uint8_t> code = {op(RuleOp::choose),
                                     2,
                                     2,
                                     0,
                                     0,
                                     0,
                                     2,
                                     0,
                                     5,
                                     0,
                                     op(RuleOp::byte),
                                     'a',
                                     op(RuleOp::jump),
                                     4,
                                     0,
                                     op(RuleOp::text),
                                     2,
                                     'a',
                                     'b',
                                     op(RuleOp::byte),
                                     'c',
                                     op(RuleOp::match)};
  CHECK(run(code, "ac").whole == "ac");
  CHECK(run(code, "abc").whole == "abc");
  CHECK_FALSE(run(code, "abb").matched);
}

TEST_CASE("rule program: what must not stand ahead or behind") {
  // (?<!cu)bot(?!a|tle)
  const std::vector<uint8_t> code = {op(RuleOp::not_behind),
                                     4,
                                     1,
                                     2,
                                     'c',
                                     'u',
                                     op(RuleOp::text),
                                     3,
                                     'b',
                                     'o',
                                     't',
                                     op(RuleOp::not_ahead),
                                     7,
                                     2,
                                     1,
                                     'a',
                                     3,
                                     't',
                                     'l',
                                     'e',
                                     op(RuleOp::match)};
  CHECK(run(code, "bot").matched);
  CHECK(run(code, "u-bot", 2).matched);
  CHECK_FALSE(run(code, "cubot", 2).matched);
  CHECK_FALSE(run(code, "bota").matched);
  CHECK_FALSE(run(code, "bottle").matched);
  CHECK(run(code, "bott").matched);
}

TEST_CASE("rule program: edges of words and of the text") {
  const std::vector<uint8_t> code = {op(RuleOp::start),    op(RuleOp::boundary),
                                     op(RuleOp::byte),     'a',
                                     op(RuleOp::boundary), op(RuleOp::match)};
  CHECK(run(code, "a b").matched);
  CHECK(run(code, "a").matched);
  CHECK_FALSE(run(code, "a_").matched);
  CHECK_FALSE(run(code, " a", 1).matched);
  const std::vector<uint8_t> end = {op(RuleOp::byte), 'a', op(RuleOp::end), op(RuleOp::match)};
  CHECK(run(end, "a").matched);
  CHECK_FALSE(run(end, "ab").matched);
}

TEST_CASE("rule program: a text that would take too long matches nothing") {
  // Twelve runs that all give back, and a byte that never comes.
  std::vector<uint8_t> code;
  for (int i = 0; i < 12; ++i) {
    code.insert(code.end(), {op(RuleOp::run), 2, 0, 0, 0, 1, 0xff, 0xff});
  }
  code.insert(code.end(), {op(RuleOp::byte), '!', op(RuleOp::match)});
  CHECK_FALSE(run(code, std::string(kUserAgentBytesMax, 'a')).matched);
}
