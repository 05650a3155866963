// Walks an event's own data once: grammar, schema, adjustment of types, and the compact text that
// goes into the delivered line, all in one pass over the bytes.
//
// Most keywords are judged on the way. Composition (allOf, anyOf, oneOf, not, if, $ref beside other
// keywords), contains, uniqueItems and enum or const over containers look at a value again after it
// was walked: at its adjusted text. That costs steps, and an event has kStepsPerByte for each of
// its bytes and kStepsFree besides; one that needs more fails with `too_costly`.
//
// Adjustment follows the places that properties, patternProperties, additionalProperties, items,
// prefixItems and a lone $ref reach; the branches of a composition see what it made and change
// nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/byte_buffer.h"
#include "shared/base/json_scan.h"
#include "shared/plan/plan.h"

namespace edgehose {

inline constexpr uint64_t kStepsPerByte = 64;
inline constexpr uint64_t kStepsFree = 262'144;
inline constexpr uint32_t kPlanDepthMax = 64;      // containers inside each other
inline constexpr uint32_t kInPlaceDepthMax = 64;   // schemas that look at one value through others
inline constexpr uint32_t kCoercedPlacesMax = 16;  // places named; all are counted
inline constexpr size_t kFaultTextBytesMax = 128;

enum class FaultKind : uint8_t {
  none = 0,
  json,        // no JSON, or nested too deep: the scanner's fault() says what
  schema,      // a keyword refuses it
  duplicate,   // a member stands twice in an object
  too_costly,  // the step bound
};

// Why own data did not pass. The texts are UTF-8, bounded, and live until the next read.
struct PlanFault {
  FaultKind kind = FaultKind::none;
  std::string pointer;       // JSON Pointer from the walked value, at most 256 bytes
  std::string_view keyword;  // of JSON Schema, e.g. "maximum"; empty for a duplicate
  std::string expected;
  std::string actual;
};

// What was adjusted: a JSON array of pointers, `["/price","/at"]`, and the count of all.
struct CoercedPlaces {
  uint32_t count = 0;
  std::string json;  // empty when nothing was
};

// Keeps its buffers between events: in steady state it allocates nothing. One a thread.
class Validator {
 public:
  // Reads the value that `in` stands before and appends it to `out`: compact, adjusted, personal
  // places hashed with `pii_key`, masked or dropped. False when it does not pass: fault() says why,
  // `out` is as it was, and `in` stands behind the value, or at its fault when it is no JSON.
  bool read(const ContentTypePlan& plan, JsonScanner& in, ByteBuffer& out,
            std::string_view pii_key);

  const PlanFault& fault() const { return fault_; }
  const CoercedPlaces& coerced() const { return coerced_; }
  // Steps that the last value took beyond its one walk.
  uint64_t steps() const { return steps_; }

 private:
  friend class ValidatorWalk;

  // Where a personal place stands in the output; from its key on where the member is dropped.
  struct PiiPlace {
    size_t begin;
    size_t end;
    Pii action;
    bool member;
  };

  void hide_places(size_t out_start, ByteBuffer& out, std::string_view pii_key);

  PlanFault fault_;
  CoercedPlaces coerced_;
  uint64_t steps_ = 0;
  // Reused between events.
  std::vector<PiiPlace> pii_;
  std::vector<std::string_view> keys_;  // unknown members of the objects that are open
  std::vector<uint64_t> seen_;  // known members beyond the 64th of the objects that are open
  std::vector<std::pair<uint64_t, std::string_view>> elements_;
  std::vector<uint32_t> pattern_states_;
  std::string scratch_;
  std::string second_scratch_;
  std::string rewritten_;
  std::string name_;
};

}  // namespace edgehose
