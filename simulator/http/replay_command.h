// `edgehose replay`: asks a running simulator to bring back what was left aside.
#pragma once

#include <iosfwd>
#include <string>

#include "simulator/http/fault_command.h"

namespace edgehose {

struct ReplayOptions {
  std::string endpoint = "http://127.0.0.1:4566";  // --endpoint
  bool dead_letters = false;                       // --dead-letters
  std::string raw = {};                            // --raw BUCKET[/PREFIX]
  std::string errors = {};                         // --errors BUCKET/PREFIX
  std::string stream = {};                         // --stream NAME: takes the records again
  bool json = false;                               // --json: the simulator's answer as it is
};

// 0 when all is on its way again, 1 when some was refused or the simulator does not answer.
int run_replay(const ReplayOptions& options, const AskControl& ask, std::ostream& out,
               std::ostream& err);

}  // namespace edgehose
