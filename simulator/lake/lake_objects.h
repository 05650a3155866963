// The objects of the lake, by what they hold and by their partition.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.h"

namespace edgehose {

// `year=2026/month=11/day=22/hour=13` somewhere in a key.
struct HourPartition {
  int32_t year = 0;
  int32_t month = 0;
  int32_t day = 0;
  int32_t hour = 0;
  friend auto operator<=>(const HourPartition&, const HourPartition&) = default;
};

struct LakeObject {
  enum class Kind : uint8_t {
    events,         // under content_type=<type>/
    failed_events,  // under failed_events/
    other,          // anything else in the bucket
  };
  Kind kind = Kind::other;
  std::string key;
  std::string path;  // of the file that holds its bytes
  uint64_t bytes = 0;
  std::string content_type;  // from the key; of events only
  std::optional<HourPartition> hour;
};

// Fills kind, content_type and hour from the key alone.
[[nodiscard]] LakeObject describe_key(std::string_view key);

// Sorted by key. A bucket that does not exist holds nothing; Error::io when a folder cannot be
// read.
[[nodiscard]] Result<std::vector<LakeObject>> list_lake(const std::string& data,
                                                        const std::string& bucket);

}  // namespace edgehose
