// Runs a mapping template over a request or an answer, as API Gateway does: text comes out, and
// what the template set in $context.requestOverride and $context.responseOverride.
//
// A run is a pure function of its arguments, and ends within the bounds of VtlLimits. What Velocity
// would write into a log and go on from (a null where a number should be) gives null here too;
// what would end Velocity's run ends this one with a fault that names its place.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "simulator/services/apigateway/vtl_parser.h"
#include "simulator/services/apigateway/vtl_value.h"

namespace edgehose {

using VtlTexts = std::vector<std::pair<std::string, std::string>>;

// A variable of $context by its full name: "identity.sourceIp".
struct VtlContextEntry {
  std::string name;
  std::string text;
  bool is_number = false;
};

struct VtlInput {
  std::string_view body = {};
  VtlTexts path = {};
  VtlTexts querystring = {};
  VtlTexts header = {};
  VtlTexts stage_variables = {};
  std::vector<VtlContextEntry> context = {};
};

// What AWS does where its documents say nothing; as seen in use. [mem]
struct VtlRules {
  // What $input.json() gives for a path that leads nowhere; $input.path() then gives "".
  std::string_view missing_json = "\"\"";
  // What an empty body is for $input.json() and $input.path().
  std::string_view empty_body = "{}";
};

struct VtlOverrides {
  std::optional<int64_t> status = std::nullopt;
  VtlTexts response_headers = {};
  VtlTexts request_headers = {};
  VtlTexts request_querystring = {};
  VtlTexts request_path = {};
};

struct VtlOutput {
  std::string text;
  VtlOverrides overrides;
};

[[nodiscard]] std::variant<VtlOutput, VtlFault> vtl_run(const VtlTemplate& script,
                                                        const VtlInput& input,
                                                        const VtlLimits& limits = {},
                                                        const VtlRules& rules = {});

}  // namespace edgehose
