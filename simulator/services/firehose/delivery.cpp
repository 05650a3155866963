#include "simulator/services/firehose/delivery.h"

#include <array>
#include <vector>

namespace edgehose {

Error deliver(const DeliveryEffect& effect, const DeliveryWorld& world, uint64_t& object_bytes) {
  std::vector<std::string_view> parts;
  parts.reserve(effect.frames.size() + 1);
  for (const FramePtr& frame : effect.frames) parts.push_back(frame->payload());
  const auto doubled = doubled_by(world.planted, parts.empty() ? std::string_view() : parts[0]);
  if (!doubled.empty()) parts.push_back(doubled);
  object_bytes = 0;
  if (effect.compression == Compression::none) {
    for (std::string_view part : parts) object_bytes += part.size();
    return world.sink.put_delivered(effect.bucket, effect.key, parts);
  }
  std::string plain;
  for (std::string_view part : parts) plain.append(part);
  const auto packed = world.compressor.gzip(plain);
  if (!packed) return packed.error();
  object_bytes = packed.value().size();
  const std::array<std::string_view, 1> whole = {packed.value()};
  return world.sink.put_delivered(effect.bucket, effect.key, whole);
}

}  // namespace edgehose
