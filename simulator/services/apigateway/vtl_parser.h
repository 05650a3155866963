// Reads a mapping template: the part of Apache Velocity 1.7's language that API Gateway's templates
// use, into a tree that vtl.h runs.
//
//   text  ## comment  #* comment *#  #[[ text ]]#
//   #set($a = expression)  #if(e) #elseif(e) #else #end  #foreach($x in list) #end  #break  #stop
//   $a  ${a}  $!a  $a.b  $a.method(arguments)  $a[0]
//
// Blanks are dropped as Velocity 1.7's own grammar drops them (apache/velocity-engine,
// src/parser/Parser.jjt): a directive's `)`, #end and #else take blanks and one newline behind them
// where nothing else stands before that newline; #set also takes the blanks before it, unless other
// text stands before those; a ## comment takes its newline; #break, #stop and #* *# take nothing.
// Which version API Gateway runs is not published.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "simulator/services/apigateway/vtl_value.h"

namespace edgehose {

struct VtlPlace {
  uint32_t line = 1;
  uint32_t column = 1;
};

enum class VtlFaultKind : uint8_t {
  syntax,        // the template does not read
  not_modelled,  // it reads, but asks for what this subset does not have
  failed,        // what it does cannot be done: an index beyond a list's end
  limit,         // a bound of VtlLimits was passed
  input,         // the body is not JSON, and the template asks for a part of it
};

struct VtlFault {
  VtlFaultKind kind = VtlFaultKind::syntax;
  VtlPlace place = {};
  std::string what = {};
};
// "line 3, column 7: #macro is not modelled".
[[nodiscard]] std::string to_text(const VtlFault& fault);

struct VtlExpression;
struct VtlNode;

// One step of a reference: .name, .name(arguments), [index].
struct VtlStep {
  enum class Kind : uint8_t { property, method, index };
  VtlStep(Kind kind, std::string name);
  VtlStep(VtlStep&&) noexcept;
  VtlStep& operator=(VtlStep&&) noexcept;
  ~VtlStep();

  Kind kind;
  std::string name;
  std::vector<VtlExpression> arguments;
};

struct VtlReference {
  std::string name = {};
  std::vector<VtlStep> steps = {};
  bool is_quiet = false;
  uint32_t backslashes = 0;  // before it
  std::string source = {};   // as it was written: what an undefined one prints
  VtlPlace place = {};
};

enum class VtlOperator : uint8_t {
  logical_or,
  logical_and,
  equal,
  not_equal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  add,
  subtract,
  multiply,
  divide,
  modulo,
};

struct VtlExpression {
  enum class Kind : uint8_t {
    text,
    interpolated,  // body
    number,        // text
    boolean,       // text is "true" or "false"
    list,          // parts
    range,         // two parts
    map,           // parts: key, value, key, value
    reference,
    negation,  // one part
    chain,     // parts with one operator between each two, from left to right
  };
  explicit VtlExpression(VtlPlace at = {});
  VtlExpression(VtlExpression&&) noexcept;
  VtlExpression& operator=(VtlExpression&&) noexcept;
  ~VtlExpression();

  Kind kind = Kind::text;
  VtlPlace place;
  std::string text;
  std::vector<VtlExpression> parts;
  std::vector<VtlOperator> operators;
  VtlReference reference;
  std::vector<VtlNode> body;
};

struct VtlBranch {
  VtlExpression condition;
  std::vector<VtlNode> body;
};

struct VtlNode {
  enum class Kind : uint8_t { text, reference, set, choice, foreach, stop_loop, stop };
  Kind kind = Kind::text;
  VtlPlace place = {};
  std::string text = {};
  VtlReference reference = {};  // of set: what is set; of foreach: the loop's variable
  VtlExpression expression = VtlExpression();  // of set and foreach
  std::vector<VtlBranch> branches = {};        // of choice: #if and each #elseif
  std::vector<VtlNode> body = {};              // of foreach; of choice: #else
};

struct VtlTemplate {
  std::vector<VtlNode> nodes = {};
};

[[nodiscard]] std::variant<VtlTemplate, VtlFault> vtl_parse(std::string_view text,
                                                            const VtlLimits& limits = {});

}  // namespace edgehose
