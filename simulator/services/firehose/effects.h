// What the Firehose state machine asks of the world. Each effect has a number; the world reports
// its completion by that number. Effects of the journal are carried out in the order they were
// given.
#pragma once

#include <cstdint>
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
    remove_segment,  // the segment's object is written
    remove_stream,   // nothing of the stream is left
  };
  uint64_t op = 0;
  Kind kind = Kind::append;
  std::string stream;
  uint64_t segment = 0;
  FramePtr frame;           // of append and seal
  std::string description;  // of store_stream
};

// An object to be written. Doing it twice gives the same object: the key was decided, durably,
// before.
struct DeliveryEffect {
  uint64_t op = 0;
  std::string stream;
  std::string bucket;
  std::string key;
  Compression compression = Compression::none;
  std::vector<FramePtr> frames;
};

}  // namespace edgehose
