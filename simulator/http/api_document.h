// Reads an OpenAPI 3.0 or Swagger 2.0 document with API Gateway's extensions into a REST API:
// x-amazon-apigateway-integration, x-amazon-apigateway-any-method and
// x-amazon-apigateway-gateway-responses. What AWS keeps in a stage's settings stands in an
// extension of the simulator's own:
//
//   "x-edgehose-stage": {"name": "prod", "variables": {"stream": "events"},
//     "throttlingRateLimit": 100, "throttlingBurstLimit": 200,
//     "methodSettings": {"/events/POST": {"throttlingRateLimit": 10, "throttlingBurstLimit": 20}}}
//
// Strict: what is not modelled is refused with its place and the mend, all of it at once. Members
// that only describe (schemas, parameters, summaries) are passed over.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "simulator/services/apigateway/rest_api.h"

namespace edgehose {

inline constexpr size_t kApiDocumentBytesMax = 4U << 20;

struct ApiProblem {
  std::string place;  // a JSON pointer
  std::string what;
  std::string mend;
};

[[nodiscard]] std::variant<RestApi, std::vector<ApiProblem>> read_api_document(
    std::string_view json);

// The same for a file: YAML where its name ends in .yaml or .yml. "FILE: /place: what; mend" a line
// for each problem goes to `problems`, and nothing comes back then.
[[nodiscard]] std::optional<RestApi> read_api_file(const std::string& path, std::string_view text,
                                                   std::string& problems);

}  // namespace edgehose
