// Runs a template and gives its text, or its fault as text.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "simulator/services/apigateway/vtl.h"

namespace edgehose {

inline std::string run_template(std::string_view text, const VtlInput& input = {},
                                const VtlLimits& limits = {}) {
  const auto parsed = vtl_parse(text, limits);
  if (const auto* fault = std::get_if<VtlFault>(&parsed)) return to_text(*fault);
  const auto done = vtl_run(std::get<VtlTemplate>(parsed), input, limits);
  if (const auto* fault = std::get_if<VtlFault>(&done)) return to_text(*fault);
  return std::get<VtlOutput>(done).text;
}

}  // namespace edgehose
