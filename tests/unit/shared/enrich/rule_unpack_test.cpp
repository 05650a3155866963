#include "shared/enrich/rule_unpack.h"

#include <array>
#include <catch2/catch.hpp>
#include <vector>

#include "shared/enrich/rule_program.h"

using namespace edgehose;

namespace {

constexpr uint8_t kClose = 19;
constexpr uint8_t kCounted = 20;
constexpr uint8_t kSave = 0x80;
constexpr uint8_t kRun = 0xa0;
constexpr uint8_t op(RuleOp code) { return static_cast<uint8_t>(code); }

std::vector<uint8_t> unpacked(const std::vector<uint8_t>& source) {
  RuleColumn read(source.data());
  std::vector<uint8_t> code(64);
  code.resize(static_cast<size_t>(unpack_program(read, code.data()) - code.data()));
  CHECK(read.at() == source.data() + source.size());
  return code;
}

}  // namespace

TEST_CASE("rule unpack: a choice by bytes finds its bytes and its jumps") {
  // (?:ab|c|d)e
  const std::vector<uint8_t> source = {
      op(RuleOp::choose_byte), 3,   'a',    'b', op(RuleOp::jump), 'c',
      op(RuleOp::jump),        'd', kClose, 'e', op(RuleOp::match)};
  const std::vector<uint8_t> expected = {op(RuleOp::choose_byte),
                                         3,
                                         'a',
                                         'c',
                                         'd',
                                         0,
                                         0,
                                         7,
                                         0,
                                         12,
                                         0,
                                         op(RuleOp::text),
                                         2,
                                         'a',
                                         'b',
                                         op(RuleOp::jump),
                                         7,
                                         0,
                                         op(RuleOp::byte),
                                         'c',
                                         op(RuleOp::jump),
                                         2,
                                         0,
                                         op(RuleOp::byte),
                                         'd',
                                         op(RuleOp::byte),
                                         'e',
                                         op(RuleOp::match)};
  CHECK(unpacked(source) == expected);
}

TEST_CASE("rule unpack: an optional part knows its length, and a loop its way back") {
  // (?:[5][6])*
  const std::vector<uint8_t> source = {
      op(RuleOp::optional), op(RuleOp::one), 5, op(RuleOp::one), 6, op(RuleOp::back), kClose,
      op(RuleOp::match)};
  const std::vector<uint8_t> expected = {op(RuleOp::optional),
                                         0,
                                         0,
                                         0,
                                         0,
                                         9,
                                         0,
                                         op(RuleOp::one),
                                         5,
                                         0,
                                         op(RuleOp::one),
                                         6,
                                         0,
                                         op(RuleOp::back),
                                         16,
                                         0,
                                         op(RuleOp::match)};
  CHECK(unpacked(source) == expected);
}

TEST_CASE("rule unpack: a run without an upper bound") {
  const std::vector<uint8_t> source = {
      kRun + 1,         0x83,      0x01,   op(RuleOp::choose), 2, 'x',
      op(RuleOp::jump), kSave + 3, kClose, op(RuleOp::match)};
  const std::vector<uint8_t> expected = {op(RuleOp::run),
                                         0x83,
                                         0,
                                         0,
                                         0,
                                         1,
                                         0xff,
                                         0xff,
                                         op(RuleOp::choose),
                                         2,
                                         0,
                                         0,
                                         0,
                                         0,
                                         0,
                                         0,
                                         5,
                                         0,
                                         op(RuleOp::byte),
                                         'x',
                                         op(RuleOp::jump),
                                         2,
                                         0,
                                         op(RuleOp::save),
                                         3,
                                         op(RuleOp::match)};
  CHECK(unpacked(source) == expected);
}

TEST_CASE("rule unpack: the kinds of runs and their bounds") {
  // [7]{0,1}? then [7]{2,5} that gives nothing back
  const std::vector<uint8_t> source = {kRun + 4 * 2 + 2, 7, kRun + 4 * 1 + 3, 7, 2, 6,
                                       op(RuleOp::match)};
  const std::vector<uint8_t> expected = {op(RuleOp::run_lazy), 7, 0, 0, 0, 0, 1, 0,
                                         op(RuleOp::run_only), 7, 0, 0, 0, 2, 5, 0,
                                         op(RuleOp::match)};
  CHECK(unpacked(source) == expected);
}

TEST_CASE("rule unpack: a text with any byte, and one right behind another") {
  const std::vector<uint8_t> source = {'a',  'b',      kCounted, 2,   0x81,
                                       '\t', kCounted, 1,        'c', op(RuleOp::match)};
  const std::vector<uint8_t> expected = {
      op(RuleOp::text), 2, 'a', 'b', op(RuleOp::text), 2, 0x81, '\t', op(RuleOp::byte), 'c',
      op(RuleOp::match)};
  CHECK(unpacked(source) == expected);
}
