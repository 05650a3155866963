// `edgehose validate --schema S`: instances a line in, verdicts a line out.
#pragma once

#include <cstdint>
#include <istream>
#include <ostream>
#include <string>

namespace edgehose {

enum class ExitStatus : uint8_t { of_the_run, of_the_instances };

struct ValidateOptions {
  std::string schema = {};                          // --schema FILE: JSON, or YAML by its name
  ExitStatus exit_status = ExitStatus::of_the_run;  // --exit-status: of the instances
};

// For each line of `in` that is not blank one of
//   {"line":1,"valid":true}
//   {"line":2,"valid":false,"pointer":"/a","keyword":"minimum","expected":"1","actual":"0"}
// `keyword` is also "json" (no JSON), "duplicate" (a member twice) or "steps" (too costly). 0 when
// every instance got its verdict; 1 when one is not valid and the status is of the instances; 2 on
// a bad schema, whose problems go to `err`.
int run_validate(const ValidateOptions& options, std::istream& in, std::ostream& out,
                 std::ostream& err);

}  // namespace edgehose
