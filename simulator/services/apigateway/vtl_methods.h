// What templates call on values: the methods of Java's String, List and Map that mapping templates
// use, and the functions of $util.
//
// Java counts text in UTF-16 units, and so do length(), substring() and indexOf(). A method outside
// the list is refused by name, as is a regular expression beyond one character class repeated or a
// row of characters and classes: those are matched in linear time.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "simulator/services/apigateway/vtl_parser.h"
#include "simulator/services/apigateway/vtl_value.h"

namespace edgehose {

struct VtlCallWorld {
  VtlHeap& heap;
  const VtlLimits& limits;
  size_t& steps;  // counts down

  // False when there are not so many left.
  bool spend(size_t wanted);
};

// What a call gave, or why it cannot be done.
struct VtlAnswer {
  VtlValue value;
  VtlFaultKind kind = VtlFaultKind::failed;
  std::string fault = {};
};
[[nodiscard]] VtlAnswer vtl_refused(VtlFaultKind kind, std::string what);

// `on`.name(arguments); `on` is not null.
[[nodiscard]] VtlAnswer vtl_call(VtlCallWorld& world, const VtlValue& on, std::string_view name,
                                 std::span<const VtlValue> arguments);
// $util.name(arguments)
[[nodiscard]] VtlAnswer vtl_call_util(VtlCallWorld& world, std::string_view name,
                                      std::span<const VtlValue> arguments);

}  // namespace edgehose
