// Counts times prices. Money is counted in billionths of a dollar, in integers: a bill is the same
// on every machine. A price nobody knows stays unknown; it is never taken for 0.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edgehose {

// What is counted. Order is the order of bills.
enum class Meter : uint8_t {
  firehose_ingest,          // bytes, each record rounded up
  s3_put,                   // requests
  s3_get,                   // requests
  s3_storage,               // bytes kept for a month
  apigateway_requests,      // of REST APIs
  sqs_requests,             // 64 KiB of messages each
  lambda_requests,          // invocations
  lambda_duration,          // MiB x ms
  cloudwatch_alarms,        // of standard resolution, for a month
  workers_plan,             // months of the paid plan
  workers_requests,         // to Cloudflare Workers
  workers_cpu,              // ms of CPU time
  durable_object_requests,  // calls of a Durable Object
  durable_object_duration,  // MiB x ms that objects were awake
};
inline constexpr size_t kMeters = 14;

// Whether a month has as many as the run, however long that was: alarms and plans.
[[nodiscard]] bool is_monthly(Meter meter);

// How prices name the meter: `firehose_ingest`.
[[nodiscard]] std::string_view to_text(Meter meter);
// How many counts one priced unit has: 2^30 bytes, 1,000 requests.
[[nodiscard]] uint64_t unit_counts(Meter meter);

struct PriceTier {
  std::optional<uint64_t> width_units;  // nothing: no end
  std::optional<uint64_t> nano_usd;     // for a unit; nothing: unknown
  std::string date;
  std::string source;
  std::string confidence;
};

struct MeterPrice {
  std::string unit;
  std::vector<PriceTier> tiers;  // in order; what lies beyond the last is unknown
};

struct PriceBook {
  std::string region;
  std::array<MeterPrice, kMeters> prices;
};

using Usage = std::array<uint64_t, kMeters>;

// One tier of one meter.
struct BillLine {
  Meter meter = Meter::firehose_ingest;
  uint64_t count = 0;
  std::string unit;
  PriceTier price;
  std::optional<uint64_t> nano_usd;  // nothing: the price is unknown
};

struct Bill {
  std::vector<BillLine> lines;
  uint64_t total_nano_usd = 0;
  bool is_lower_bound = false;  // an unknown price was met
};

// A line for each tier that counts reach; a meter without counts has none.
[[nodiscard]] Bill make_bill(const Usage& usage, const PriceBook& book);

// count * numerator / denominator, rounded to nearest, at most 2^64 - 1. denominator is not 0.
[[nodiscard]] uint64_t scale(uint64_t count, uint64_t numerator, uint64_t denominator);

}  // namespace edgehose
