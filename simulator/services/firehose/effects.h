// What the Firehose state machine asks of the world. Each effect has a number; the world reports
// its completion by that number. Effects of the journal are carried out in the order they were
// given.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "simulator/services/firehose/frame.h"
#include "simulator/services/firehose/stream_config.h"

namespace edgehose {

struct JournalEffect {
  enum class Kind : uint8_t {
    store_stream,    // write the description of `stream`
    append,          // add `frame` to the segment
    seal,            // add `frame`, which names the object, to the segment
    store_quota,     // write what the stream's quota was raised to
    remove_segment,  // the segment's objects are written
    lose_segment,    // they could not be written while AWS keeps records: kept aside by name
    remove_stream,   // nothing of the stream is left
  };
  uint64_t op = 0;
  Kind kind = Kind::append;
  std::string stream;
  uint64_t segment = 0;
  FramePtr frame;           // of append and seal
  std::string description;  // of store_stream; of store_quota its bytes a second
};

// A sealed segment to be written as one object, or as those that processing makes of it. Doing it
// twice gives the same objects: all that is drawn was decided, durably, before.
struct DeliveryEffect {
  uint64_t op = 0;
  std::string stream;
  uint64_t segment = 0;
  std::shared_ptr<const StreamConfig> config;  // as it was when the segment was sealed
  std::string bucket;
  std::string key;  // empty where processing decides the keys
  uint64_t seed = 0;
  int64_t oldest_ms = 0;
  int64_t now_ms = 0;
  std::vector<FramePtr> frames;
};

}  // namespace edgehose
