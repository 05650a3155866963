#include "simulator/engine/fault_plan.h"

#include <algorithm>
#include <array>
#include <utility>

namespace edgehose {
namespace {

constexpr std::array<std::pair<std::string_view, FaultService>, 6> kServices = {{
    {"firehose", FaultService::firehose},
    {"s3", FaultService::s3},
    {"delivery", FaultService::delivery},
    {"sqs", FaultService::sqs},
    {"lambda", FaultService::lambda},
    {"apigateway", FaultService::apigateway},
}};

bool is_in_force(const FaultRule& fault, int64_t now_ms) {
  return fault.from_ms <= now_ms && now_ms < fault.until_ms;
}

bool meets(const FaultRule& fault, const FaultCall& call) {
  return fault.service == call.service &&
         (fault.operation == "*" || fault.operation == call.operation) &&
         (fault.target.empty() || fault.target == call.target);
}

}  // namespace

std::vector<uint8_t> RowFault::refused(size_t rows) const {
  Random random(seed);
  std::vector<uint8_t> flags(rows);
  for (uint8_t& flag : flags) flag = random.below(kPerMillion) < ppm ? 1 : 0;
  return flags;
}

std::optional<uint32_t> FaultPlan::add(int64_t now_ms, FaultRule fault) {
  if (entries_.size() >= kFaultsMax) {
    const auto over = std::find_if(entries_.begin(), entries_.end(), [&](const FaultEntry& entry) {
      return entry.fault.until_ms <= now_ms;
    });
    if (over == entries_.end()) return std::nullopt;
    entries_.erase(over);
  }
  entries_.push_back({next_id_, std::move(fault), 0});
  return next_id_++;
}

bool FaultPlan::remove(uint32_t id) {
  return std::erase_if(entries_, [&](const FaultEntry& entry) { return entry.id == id; }) > 0;
}

size_t FaultPlan::clear() {
  const size_t before = entries_.size();
  entries_.clear();
  return before;
}

FaultDecision FaultPlan::decide(int64_t now_ms, const FaultCall& call) {
  FaultDecision decision;
  for (FaultEntry& entry : entries_) {
    if (!is_in_force(entry.fault, now_ms) || !meets(entry.fault, call)) continue;
    if (random_.below(kPerMillion) >= entry.fault.rate_ppm) continue;
    ++entry.hits;
    merge(entry.fault, decision);
  }
  return decision;
}

void FaultPlan::merge(const FaultRule& fault, FaultDecision& decision) {
  if (fault.error && !decision.error) {
    decision.error = fault.error;
    decision.duplicate = fault.duplicate;
  }
  const uint32_t spread = fault.latency_max_ms - fault.latency_min_ms;
  const auto drawn = static_cast<uint32_t>(random_.below(uint64_t{spread} + 1));
  decision.latency_ms = std::max(decision.latency_ms, fault.latency_min_ms + drawn);
  if (fault.partial_ppm > decision.rows.ppm) {
    decision.rows = {fault.partial_ppm, fault.partial_code, random_.next()};
  }
}

bool FaultPlan::is_active(int64_t now_ms, FaultService service) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const FaultEntry& entry) {
    return entry.fault.service == service && is_in_force(entry.fault, now_ms);
  });
}

std::string_view fault_service_name(FaultService service) {
  for (const auto& [name, known] : kServices) {
    if (known == service) return name;
  }
  return "";
}

std::optional<FaultService> find_fault_service(std::string_view name) {
  for (const auto& [known, service] : kServices) {
    if (known == name) return service;
  }
  return std::nullopt;
}

FaultError default_fault_error(FaultService service) {
  switch (service) {
    case FaultService::firehose:
      return {"ServiceUnavailableException",
              "The service is unavailable. Back off and retry the operation.", 500};
    case FaultService::sqs:
      return {"InternalFailure", "The request processing has failed.", 500};
    case FaultService::lambda:
      return {"ServiceException", "The Lambda service encountered an internal error.", 500};
    case FaultService::apigateway:
      return {"InternalServerError", "Internal server error", 500};
    default:
      return {"SlowDown", "Please reduce your request rate.", 503};
  }
}

}  // namespace edgehose
