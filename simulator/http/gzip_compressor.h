// GZIP by libdeflate: the compressor that services get by constructor.
#pragma once

#include "simulator/services/firehose/delivery.h"

namespace edgehose {

// The header carries no time and no name: the same bytes give the same member. Any thread.
class GzipCompressor final : public Compressor {
 public:
  [[nodiscard]] Result<std::string> gzip(std::string_view bytes) const override;
};

}  // namespace edgehose
