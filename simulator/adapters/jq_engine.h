// jq 1.6, Firehose's own version, by libjq. Any thread; one program is for one thread at a time.
#pragma once

#include "simulator/services/firehose/processing_world.h"

namespace edgehose {

// Refused before libjq sees them, since the same record must give the same keys on any day and in
// any number of steps that its size bounds: the clock, the environment, other inputs, output beside
// the result, modules, definitions of functions (they may call themselves), and the functions that
// may go on for ever or count to any number (repeat, while, until, range, recurse with arguments,
// limit). What remains is bounded by the record, but for regular expressions, which may backtrack.
class JqEngine final : public Jq {
 public:
  [[nodiscard]] std::unique_ptr<JqProgram> compile(std::string_view query,
                                                   std::string& fault) const override;
};

}  // namespace edgehose
