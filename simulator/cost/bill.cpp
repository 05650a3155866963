#include "simulator/cost/bill.h"

#include <algorithm>
#include <limits>

namespace edgehose {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();

uint64_t saturated(Wide value) { return value > kMost ? kMost : static_cast<uint64_t>(value); }

// What a tier takes of the counts that are left.
uint64_t part_of(const PriceTier& tier, Meter meter, uint64_t left) {
  if (!tier.width_units) return left;
  return std::min(left, saturated(static_cast<Wide>(*tier.width_units) * unit_counts(meter)));
}

void add_line(Bill& bill, Meter meter, uint64_t count, const std::string& unit,
              const PriceTier& tier) {
  BillLine line{.meter = meter, .count = count, .unit = unit, .price = tier, .nano_usd = {}};
  if (tier.nano_usd) {
    line.nano_usd = scale(count, *tier.nano_usd, unit_counts(meter));
    bill.total_nano_usd = saturated(static_cast<Wide>(bill.total_nano_usd) + *line.nano_usd);
  } else {
    bill.is_lower_bound = true;
  }
  bill.lines.push_back(std::move(line));
}

}  // namespace

bool is_monthly(Meter meter) {
  return meter == Meter::cloudwatch_alarms || meter == Meter::workers_plan;
}

std::string_view to_text(Meter meter) {
  constexpr std::array<std::string_view, kMeters> kNames = {"firehose_ingest",
                                                            "s3_put",
                                                            "s3_get",
                                                            "s3_storage",
                                                            "apigateway_requests",
                                                            "sqs_requests",
                                                            "lambda_requests",
                                                            "lambda_duration",
                                                            "cloudwatch_alarms",
                                                            "workers_plan",
                                                            "workers_requests",
                                                            "workers_cpu",
                                                            "durable_object_requests",
                                                            "durable_object_duration"};
  return kNames[static_cast<size_t>(meter)];
}

uint64_t unit_counts(Meter meter) {
  switch (meter) {
    case Meter::firehose_ingest:
    case Meter::s3_storage:
      return uint64_t{1} << 30;
    case Meter::s3_put:
    case Meter::s3_get:
      return 1'000;
    case Meter::lambda_duration:
    case Meter::durable_object_duration:
      return 1'000ULL * 1'024 * 1'000;  // 1,000 GB-s
    case Meter::cloudwatch_alarms:
    case Meter::workers_plan:
      return 1;
    default:
      return 1'000'000;
  }
}

uint64_t scale(uint64_t count, uint64_t numerator, uint64_t denominator) {
  return saturated((static_cast<Wide>(count) * numerator + denominator / 2) / denominator);
}

// What lies beyond the last tier has a line too, without a price: counts never vanish.
Bill make_bill(const Usage& usage, const PriceBook& book) {
  Bill bill;
  for (size_t i = 0; i < kMeters; ++i) {
    const auto meter = static_cast<Meter>(i);
    uint64_t left = usage[i];
    for (const PriceTier& tier : book.prices[i].tiers) {
      const uint64_t part = part_of(tier, meter, left);
      if (part > 0) add_line(bill, meter, part, book.prices[i].unit, tier);
      left -= part;
    }
    if (left > 0) add_line(bill, meter, left, book.prices[i].unit, PriceTier{});
  }
  return bill;
}

}  // namespace edgehose
