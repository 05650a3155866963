// The machine's time zone database (Debian's tzdata) by the date library. Any thread.
#pragma once

#include "simulator/services/firehose/processing_world.h"

namespace edgehose {

class DateTimeZones final : public TimeZones {
 public:
  // False for everything but UTC where the machine has no database.
  [[nodiscard]] bool has(std::string_view zone) const override;
  // 0 for a zone that has() does not know.
  [[nodiscard]] int32_t offset_s(std::string_view zone, int64_t utc_ms) const override;
};

}  // namespace edgehose
