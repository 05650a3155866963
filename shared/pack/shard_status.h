// A shard's counters as one JSON object, for a status page.
#pragma once

#include <string>

#include "shared/pack/shard.h"

namespace edgehose {

[[nodiscard]] std::string shard_status_json(const Shard& shard);

}  // namespace edgehose
