#include "simulator/services/firehose/delivery.h"

#include <array>
#include <vector>

#include "simulator/services/firehose/processing_config.h"

namespace edgehose {
namespace {

Error put_whole(const DeliveryWorld& world, const std::string& bucket, const std::string& key,
                std::string_view bytes) {
  const std::array<std::string_view, 1> whole = {bytes};
  return world.sink.put_delivered(bucket, key, whole);
}

std::vector<std::string_view> parts_of(const DeliveryEffect& effect,
                                       const std::optional<std::string>& delimiter) {
  std::vector<std::string_view> parts;
  parts.reserve(effect.frames.size() + 1);
  for (const FramePtr& frame : effect.frames) {
    if (!delimiter) {
      parts.push_back(frame->payload());
      continue;
    }
    for (const std::string_view record : frame->records()) {
      parts.push_back(record);
      parts.push_back(*delimiter);
    }
  }
  return parts;
}

Error deliver_as_is(const DeliveryEffect& effect, const DeliveryWorld& world,
                    DeliveryReport& report) {
  const auto processing = read_processing(*effect.config);
  const auto delimiter = processing ? processing.value().delimiter : std::nullopt;
  std::vector<std::string_view> parts = parts_of(effect, delimiter);
  const auto doubled = doubled_by(world.planted, parts.empty() ? std::string_view() : parts[0]);
  if (!doubled.empty()) parts.push_back(doubled);
  if (effect.config->compression == Compression::none) {
    for (std::string_view part : parts) report.bytes += part.size();
    return world.sink.put_delivered(effect.bucket, effect.key, parts);
  }
  std::string plain;
  for (std::string_view part : parts) plain.append(part);
  const std::string_view name = std::string_view(effect.key).substr(effect.key.rfind('/') + 1);
  const auto packed = world.compressor.compress(effect.config->compression, plain, name);
  if (!packed) return packed.error();
  report.bytes = packed.value().size();
  return put_whole(world, effect.bucket, effect.key, packed.value());
}

// The outputs of an earlier try, or those of processing the segment now.
Result<StoredOutputs> outputs_of(const DeliveryEffect& effect, const DeliveryWorld& world) {
  auto stored = world.outputs->load(effect.stream, effect.segment);
  if (stored || stored.error() != Error::not_found) return stored;
  const std::string arn =
      "arn:aws:firehose:" + world.region + ":" + world.account + ":deliverystream/" + effect.stream;
  auto outputs = process_segment(effect, {world.region, arn}, *world.processing, world.compressor);
  if (!outputs) return outputs.error();
  const Error error = world.outputs->store(effect.stream, effect.segment, outputs.value());
  if (error != Error::none) return error;
  return StoredOutputs{std::move(outputs.value().objects), outputs.value().dropped.count};
}

}  // namespace

Error deliver(const DeliveryEffect& effect, const DeliveryWorld& world, DeliveryReport& report) {
  report = {};
  if (!effect.key.empty()) return deliver_as_is(effect, world, report);
  if (world.outputs == nullptr || world.processing == nullptr) return Error::malformed;
  const auto outputs = outputs_of(effect, world);
  if (!outputs) return outputs.error();
  report.objects = outputs.value().objects.size();
  report.dropped_records = outputs.value().dropped_records;
  Error first = Error::none;
  // One bucket that refuses does not keep the others from their objects.
  for (const OutputObject& object : outputs.value().objects) {
    const Error error = put_whole(world, object.bucket, object.key, object.bytes);
    if (first == Error::none) first = error;
    report.bytes += object.bytes.size();
    if (object.kind == OutputObject::Kind::errors) report.error_records += object.records;
  }
  return first;
}

}  // namespace edgehose
