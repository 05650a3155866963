#include "shared/enrich/rule_unpack.h"

#include <array>
#include <catch2/catch.hpp>
#include <vector>

#include "shared/enrich/rule_program.h"

using namespace edgehose;

namespace {

constexpr uint8_t kClose = 19;
constexpr uint8_t op(RuleOp code) { return static_cast<uint8_t>(code); }

using Columns = std::array<std::vector<uint8_t>, kRuleParts>;

std::vector<uint8_t>& of(Columns& columns, RulePart part) {
  return columns[static_cast<size_t>(part)];
}

std::vector<uint8_t> unpacked(const Columns& columns) {
  std::vector<uint8_t> bytes;
  for (const auto& column : columns) bytes.push_back(static_cast<uint8_t>(column.size()));
  for (const auto& column : columns) bytes.insert(bytes.end(), column.begin(), column.end());
  RuleColumns read{RuleColumn(bytes.data())};
  std::vector<uint8_t> code(64);
  code.resize(static_cast<size_t>(unpack_program(read, code.data()) - code.data()));
  return code;
}

}  // namespace

TEST_CASE("rule unpack: a choice by bytes finds its bytes and its jumps") {
  // (?:ab|c|d)e
  Columns columns;
  of(columns, RulePart::ops) = {
      op(RuleOp::choose_byte), op(RuleOp::text), op(RuleOp::jump), op(RuleOp::byte),
      op(RuleOp::jump),        op(RuleOp::byte), kClose,           op(RuleOp::byte),
      op(RuleOp::match)};
  of(columns, RulePart::counts) = {3, 2};
  of(columns, RulePart::bytes) = {'a', 'b', 'c', 'd', 'e'};
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
  CHECK(unpacked(columns) == expected);
}

TEST_CASE("rule unpack: an optional part knows its length, and a loop its way back") {
  // (?:[5][6])*
  Columns columns;
  of(columns, RulePart::ops) = {op(RuleOp::optional), op(RuleOp::one), op(RuleOp::one),
                                op(RuleOp::back),     kClose,          op(RuleOp::match)};
  of(columns, RulePart::classes) = {5, 6};
  of(columns, RulePart::following) = {5, 0};
  const std::vector<uint8_t> expected = {op(RuleOp::optional),
                                         5,
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
  CHECK(unpacked(columns) == expected);
}

TEST_CASE("rule unpack: a run without an upper bound") {
  Columns columns;
  of(columns, RulePart::ops) = {op(RuleOp::run),  op(RuleOp::choose), op(RuleOp::byte),
                                op(RuleOp::jump), op(RuleOp::save),   kClose,
                                op(RuleOp::match)};
  of(columns, RulePart::classes) = {0x83, 0x01};
  of(columns, RulePart::following) = {4, 7, 8};
  of(columns, RulePart::bounds) = {1, 0};
  of(columns, RulePart::counts) = {2};
  of(columns, RulePart::bytes) = {'x'};
  of(columns, RulePart::slots) = {3};
  const std::vector<uint8_t> expected = {op(RuleOp::run),
                                         0x83,
                                         0,
                                         4,
                                         0,
                                         1,
                                         0xff,
                                         0xff,
                                         op(RuleOp::choose),
                                         2,
                                         7,
                                         0,
                                         0,
                                         0,
                                         8,
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
  CHECK(unpacked(columns) == expected);
}
