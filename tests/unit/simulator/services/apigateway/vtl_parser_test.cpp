#include "simulator/services/apigateway/vtl_parser.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

std::string fault_of(std::string_view text) {
  const auto parsed = vtl_parse(text);
  const auto* fault = std::get_if<VtlFault>(&parsed);
  return fault == nullptr ? "" : to_text(*fault);
}

}  // namespace

TEST_CASE("vtl parser: a template becomes a tree with places") {
  const auto parsed = vtl_parse("text\n#if($a)\n $b.c(1)[2]#else x#end");
  const auto& nodes = std::get<VtlTemplate>(parsed).nodes;
  REQUIRE(nodes.size() == 2);
  CHECK(nodes[0].text == "text\n");
  CHECK(nodes[1].kind == VtlNode::Kind::choice);
  CHECK(nodes[1].place.line == 2);
  REQUIRE(nodes[1].branches.size() == 1);
  const VtlNode& reference = nodes[1].branches[0].body.at(1);
  CHECK(reference.reference.source == "$b.c(1)[2]");
  CHECK(reference.reference.steps.size() == 2);
  CHECK(reference.place.line == 3);
  CHECK(reference.place.column == 2);
  CHECK(nodes[1].body.at(0).text == " x");
}

TEST_CASE("vtl parser: operators bind as Velocity's grammar has them") {
  const auto parsed = vtl_parse("#set($x = 1 + 2 * 3 == 7 && true || false)");
  const VtlExpression& root = std::get<VtlTemplate>(parsed).nodes.at(0).expression;
  CHECK(root.operators == std::vector{VtlOperator::logical_or});
  CHECK(root.parts[0].operators == std::vector{VtlOperator::logical_and});
  CHECK(root.parts[0].parts[0].operators == std::vector{VtlOperator::equal});
  CHECK(root.parts[0].parts[0].parts[0].operators == std::vector{VtlOperator::add});
}

TEST_CASE("vtl parser: what does not read is told with its place") {
  const std::vector<std::pair<std::string_view, std::string_view>> cases = {
      {"#if", "line 1, column 1: #if without its ("},
      {"#if(", "line 1, column 5: expected a value"},
      {"#if(1", "line 1, column 6: expected )"},
      {"#foreach($x of $y)#end", "line 1, column 13: expected in, as in #foreach($x in $list)"},
      {"#foreach(x in $y)#end",
       "line 1, column 10: expected a variable, as in #foreach($x in $list)"},
      {"#foreach($x in $y)", "line 1, column 1: #foreach without its #end"},
      {"#set(a = 1)", "line 1, column 6: expected a reference to set, as in #set($a = 1)"},
      {"#set($a.b() = 1)", "line 1, column 12: the answer of a method cannot be set"},
      {"#set($a = \"x)", "line 1, column 11: a string without its \""},
      {"${a", "line 1, column 4: expected } of a ${reference}"},
      {"$a.b(1", "line 1, column 7: expected , or )"},
      {"$a[1", "line 1, column 5: expected ]"},
      {"#set($x = {1})", "line 1, column 13: expected : after a key"},
      {"#set($x = $y -1)",
       "line 1, column 14: Velocity reads -1 as a number: write a blank behind the minus"},
      {"#* never", "line 1, column 1: #* without its *#"},
      {"#[[ never", "line 1, column 1: #[[ without its ]]#"},
      {"\n\n#set($x = \"a\n$b.c(\")", "line 4, column 6: expected a value"},
      {"#include('x')", "line 1, column 1: #include is not modelled"},
  };
  for (const auto& [text, fault] : cases) {
    CAPTURE(text);
    CHECK(fault_of(text) == fault);
  }
}

TEST_CASE("vtl parser: a reader that recurses has a bound") {
  std::string parentheses = "#if(" + std::string(5'000, '(');
  CHECK(fault_of(parentheses).find("nested deeper") != std::string::npos);
  std::string lists = "#set($x = " + std::string(5'000, '[');
  CHECK(fault_of(lists).find("nested deeper") != std::string::npos);
  std::string negations = "#if(" + std::string(5'000, '!');
  CHECK(fault_of(negations).find("nested deeper") != std::string::npos);
  std::string references = "$a";
  for (int i = 0; i < 5'000; ++i) references += "[$a";
  CHECK(fault_of(references).find("nested deeper") != std::string::npos);
  // A long row is not deep.
  std::string sum = "#set($x = 1";
  for (int i = 0; i < 5'000; ++i) sum += " + 1";
  CHECK(fault_of(sum + ")").empty());
}
