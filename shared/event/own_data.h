// Own data that no plan judges: an object in which no member may stand twice, at any depth.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "shared/base/json_scan.h"

namespace edgehose {

// Keeps its buffer: in steady state it allocates nothing. One a thread.
class OwnData {
 public:
  // Takes the value that `in` stands before, as in.take_value() does, and looks at the names in it
  // on the way. Takes n log n steps. What is asked of it below is of that value.
  std::string_view take(JsonScanner& in);

  bool taken_escaped() const { return is_escaped_; }
  bool taken_compact() const { return is_compact_; }
  // The second key, as it stands in the text with its quotes, of a name that its object has twice;
  // empty where there is none.
  std::string_view twice() const { return twice_; }

 private:
  size_t take_any(JsonScanner& in);
  size_t take_object(JsonScanner& in);
  size_t take_array(JsonScanner& in);
  void note(const JsonScanner& in);
  void compare(size_t keys_from, std::string_view key);
  void compare_all(size_t keys_from);

  std::vector<std::string_view> keys_;  // of the objects that are open
  std::string_view twice_;
  bool is_escaped_ = false;
  bool is_compact_ = true;
};

}  // namespace edgehose
