// What processing made of a segment, kept whole before the first object is written: a handler that
// would answer differently the second time is not asked twice, and no object is made of half.
//
//   <stream folder>/outputs-<12 digits>   frames of kind object, then one of kind end that counts
//                                         what was dropped
//   <stream folder>/dropped-<12 digits>   a frame of the records that a transformation dropped
//   <stream folder>/lost-<12 digits>      a segment that could not be delivered in time
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.h"
#include "simulator/services/firehose/frame.h"

namespace edgehose {

struct OutputObject {
  enum class Kind : uint8_t { records, errors, backup };
  Kind kind = Kind::records;
  std::string bucket;
  std::string key;
  uint64_t records = 0;
  std::string bytes;  // as they are stored
};

// What went wrong in a delivery, as its log has it.
struct DeliveryProblem {
  std::string code = {};     // S3.NoSuchBucket, Lambda.FunctionError, ...
  std::string message = {};  // in AWS's words where the facts have them
  uint64_t records = 0;      // that were given up; 0: all are tried again
};

struct Outputs {
  std::vector<OutputObject> objects;
  Frame dropped;                               // of records; count 0 where none was dropped
  std::vector<DeliveryProblem> problems = {};  // by code; told when they are made, not stored
};

// Outputs as they are read again.
struct StoredOutputs {
  std::vector<OutputObject> objects;
  uint64_t dropped_records = 0;
};

[[nodiscard]] std::string encode_outputs(const Outputs& outputs);
// Nothing unless the file is whole.
[[nodiscard]] std::optional<StoredOutputs> decode_outputs(std::string_view file);

// Where outputs are kept. Called by the threads that deliver, never twice at once for a segment.
class OutputStore {
 public:
  virtual ~OutputStore() = default;
  // Durable when it returns without error.
  [[nodiscard]] virtual Error store(const std::string& stream, uint64_t segment,
                                    const Outputs& outputs) = 0;
  // Error::not_found when there are none yet.
  [[nodiscard]] virtual Result<StoredOutputs> load(const std::string& stream,
                                                   uint64_t segment) const = 0;
};

}  // namespace edgehose
