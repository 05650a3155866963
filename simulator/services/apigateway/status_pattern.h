// selectionPattern of an integration response: a regular expression that must match the whole HTTP
// status of the integration's answer, 5\d{2} or (400|404). Read once into the statuses it matches.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace edgehose {

class StatusPattern {
 public:
  static constexpr size_t kBytesMax = 128;

  // Characters, \d, . [classes] (groups) a|b ? * + {n} {n,m}. Nothing, with what is wrong with it,
  // for any other text.
  [[nodiscard]] static std::optional<StatusPattern> read(std::string_view text, std::string& fault);

  [[nodiscard]] bool matches(uint32_t status) const {
    return status < statuses_.size() && statuses_.test(status);
  }

 private:
  std::bitset<1'000> statuses_;
};

}  // namespace edgehose
