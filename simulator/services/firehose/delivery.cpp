#include "simulator/services/firehose/delivery.h"

#include <array>
#include <vector>

#include "shared/base/json_scan.h"
#include "shared/base/text.h"
#include "simulator/services/firehose/processing_config.h"

namespace edgehose {
namespace {

// One entry in the log of a destination, in the form that AWS documents.
void log(const DeliveryEffect& effect, const DeliveryWorld& world, const S3Destination& to,
         const DeliveryProblem& problem) {
  if (world.log == nullptr || !to.is_logging || to.log_group.empty()) return;
  std::string text = "{\"deliveryStreamARN\":";
  json_append_string(text, "arn:aws:firehose:" + world.region + ":" + world.account +
                               ":deliverystream/" + effect.stream);
  text.append(",\"destination\":");
  json_append_string(text, "arn:aws:s3:::" + to.bucket);
  text.append(",\"deliveryStreamVersionId\":");
  append_number(text, static_cast<int64_t>(effect.config->version));
  text.append(",\"message\":");
  json_append_string(text, problem.message);
  text.append(",\"errorCode\":");
  json_append_string(text, problem.code);
  if (problem.records > 0) {
    text.append(",\"recordCount\":");
    append_number(text, static_cast<int64_t>(problem.records));
  }
  world.log->write(to.log_group, to.log_stream, effect.now_ms, text.append("}"));
}

DeliveryProblem problem_of(Error error) {
  if (error == Error::not_found) {
    return {.code = "S3.NoSuchBucket", .message = "The specified bucket does not exist."};
  }
  return {.code = "S3.InternalError",
          .message = "S3 refused the object. Firehose tries again until its retention is over."};
}

struct Target {
  const S3Destination& destination;
  const std::string& bucket;
  const std::string& key;
};

Error put_parts(const DeliveryEffect& effect, const DeliveryWorld& world, const Target& target,
                std::span<const std::string_view> parts) {
  const Error error = world.sink.put_delivered(target.bucket, target.key, parts);
  if (error != Error::none) log(effect, world, target.destination, problem_of(error));
  return error;
}

Error put_whole(const DeliveryEffect& effect, const DeliveryWorld& world, const Target& target,
                std::string_view bytes) {
  const std::array<std::string_view, 1> whole = {bytes};
  return put_parts(effect, world, target, whole);
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
  const Target target{*effect.config, effect.bucket, effect.key};
  if (effect.config->compression == Compression::none) {
    for (std::string_view part : parts) report.bytes += part.size();
    return put_parts(effect, world, target, parts);
  }
  std::string plain;
  for (std::string_view part : parts) plain.append(part);
  const std::string_view name = std::string_view(effect.key).substr(effect.key.rfind('/') + 1);
  const auto packed = world.compressor.compress(effect.config->compression, plain, name);
  if (!packed) return packed.error();
  report.bytes = packed.value().size();
  return put_whole(effect, world, target, packed.value());
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
  for (const DeliveryProblem& problem : outputs.value().problems) {
    log(effect, world, *effect.config, problem);
  }
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
    const bool is_backup = object.kind == OutputObject::Kind::backup && effect.config->backup;
    const S3Destination& to = is_backup ? *effect.config->backup : *effect.config;
    const Error error = put_whole(effect, world, {to, object.bucket, object.key}, object.bytes);
    if (first == Error::none) first = error;
    report.bytes += object.bytes.size();
    if (object.kind == OutputObject::Kind::errors) report.error_records += object.records;
  }
  return first;
}

}  // namespace edgehose
