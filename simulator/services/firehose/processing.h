// From the records of a sealed segment to the objects that hold them:
//
//   source records -> backup
//        | decompressed, de-aggregated, transformed, sorted by partition keys (processing_config.h)
//        v
//   objects of records, one a partition; what fails goes into objects of error records, by kind
//
// Deterministic but for what a function answers; hence its outcome is stored before it is used
// (outputs.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "simulator/services/aws_error.h"
#include "simulator/services/firehose/effects.h"
#include "simulator/services/firehose/outputs.h"
#include "simulator/services/firehose/processing_world.h"

namespace edgehose {

// What of the configuration only the world can judge: its time zone, its query, its function.
[[nodiscard]] std::optional<AwsError> check_in_world(const StreamConfig& config,
                                                     const ProcessingWorld& world);

// The calendar time of an instant in the stream's zone.
[[nodiscard]] CivilTime time_in_zone(const StreamConfig& config, const ProcessingWorld& world,
                                     int64_t utc_ms);

// Whether objects hold the records as they came and nothing else is written: such a segment is one
// object whose key is known when it is sealed.
[[nodiscard]] bool is_delivered_as_is(const StreamConfig& config);

// `region` and `stream_arn` are what a function is told.
struct ProcessingCall {
  std::string_view region;
  std::string_view stream_arn;
};
// Error::malformed only where a compressor fails.
[[nodiscard]] Result<Outputs> process_segment(const DeliveryEffect& effect,
                                              const ProcessingCall& call,
                                              const ProcessingWorld& world,
                                              const Compressor& compressor);

}  // namespace edgehose
