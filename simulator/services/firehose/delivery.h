// Turns a delivery effect into an object: puts the records together, compresses, stores.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "shared/base/result.h"
#include "simulator/services/firehose/effects.h"
#include "simulator/services/firehose/planted_fault.h"

namespace edgehose {

// A compressor from outside: services use no library. The same bytes in give the same bytes out.
class Compressor {
 public:
  virtual ~Compressor() = default;
  [[nodiscard]] virtual Result<std::string> gzip(std::string_view bytes) const = 0;
};

// Where objects go: Error::not_found when there is no such bucket.
class ObjectSink {
 public:
  virtual ~ObjectSink() = default;
  [[nodiscard]] virtual Error put_delivered(const std::string& bucket, const std::string& key,
                                            std::span<const std::string_view> parts) = 0;
};

struct DeliveryWorld {
  ObjectSink& sink;
  const Compressor& compressor;
  PlantedFault planted = PlantedFault::none;
};

// `object_bytes` is set to the size of the object when it was written.
[[nodiscard]] Error deliver(const DeliveryEffect& effect, const DeliveryWorld& world,
                            uint64_t& object_bytes);

}  // namespace edgehose
