// Turns a delivery effect into objects: puts the records together, compresses, stores.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "shared/base/result.h"
#include "simulator/services/firehose/effects.h"
#include "simulator/services/firehose/outputs.h"
#include "simulator/services/firehose/planted_fault.h"
#include "simulator/services/firehose/processing.h"
#include "simulator/services/firehose/processing_world.h"

namespace edgehose {

// Where objects go: Error::not_found when there is no such bucket.
class ObjectSink {
 public:
  virtual ~ObjectSink() = default;
  [[nodiscard]] virtual Error put_delivered(const std::string& bucket, const std::string& key,
                                            std::span<const std::string_view> parts) = 0;
};

// Takes the entries of the logs that CloudWatchLoggingOptions name.
class DeliveryLog {
 public:
  virtual ~DeliveryLog() = default;
  // Called by the threads that deliver.
  virtual void write(const std::string& log_group, const std::string& log_stream, int64_t now_ms,
                     std::string message) = 0;
};

struct DeliveryWorld {
  ObjectSink& sink;
  const Compressor& compressor;
  // nullptr: only what is delivered as it came.
  OutputStore* outputs = nullptr;
  const ProcessingWorld* processing = nullptr;
  std::string region = {};
  std::string account = {};
  PlantedFault planted = PlantedFault::none;
  DeliveryLog* log = nullptr;
};

// What a delivery that succeeded wrote.
struct DeliveryReport {
  uint64_t objects = 1;
  uint64_t bytes = 0;  // as stored, of all objects
  uint64_t error_records = 0;
  uint64_t dropped_records = 0;
};

// May be called by several threads at once, never for one segment. After an error everything is
// tried again: objects that were written are written again, the same under the same keys.
[[nodiscard]] Error deliver(const DeliveryEffect& effect, const DeliveryWorld& world,
                            DeliveryReport& report);

}  // namespace edgehose
