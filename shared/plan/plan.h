// A compiled tracking plan, mapped over the bytes that compile_plan() made. Nothing is parsed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "shared/plan/plan_binary.h"

namespace edgehose {

// What becomes of a personal place before anything leaves the core.
enum class Pii : uint8_t { none = 0, hash = 1, mask = 2, drop = 3 };
enum class EmptyString : uint8_t { keep = 0, null = 1, absent = 2 };
enum class LateAction : uint8_t { mark = 0, fail = 1 };
enum class EventIdPolicy : uint8_t { required = 0, derived = 1 };
enum class PartitionPolicy : uint8_t { none = 0, event_hour = 1 };
// What a failed event keeps of its original bytes. Without a word in the plan: redacted where the
// plan has personal places, kept where it has none.
enum class FailedRaw : uint8_t { keep = 0, redact = 1, omit = 2 };

// The settings of one content type. Views live as long as the binary.
class ContentTypePlan {
 public:
  ContentTypePlan(plan_binary::View view, uint32_t cell) : view_(view), cell_(cell) {}

  std::string_view name() const { return view_.text_at(cell_ + plan_binary::kTypeName); }
  // Empty when the configuration decides.
  std::string_view stream() const { return view_.text_at(cell_ + plan_binary::kTypeStream); }

  bool coerces_types() const { return (coerce() & 1) != 0; }
  bool coerces_every_time() const { return (coerce() & 2) != 0; }
  EmptyString empty_string() const { return static_cast<EmptyString>((coerce() >> 2) & 3); }

  // How long after its time an event is late, and how far ahead of the clock it is from the future.
  std::optional<int64_t> late_after_ms() const { return span_ms(plan_binary::kTypeLateLow); }
  std::optional<int64_t> late_future_ms() const { return span_ms(plan_binary::kTypeFutureLow); }
  // Nothing where the plan says neither.
  std::optional<LateAction> late_action() const {
    if ((policies() & plan_binary::kLateFails) != 0) return LateAction::fail;
    if ((policies() & plan_binary::kLateMarks) != 0) return LateAction::mark;
    return std::nullopt;
  }
  EventIdPolicy event_id() const { return static_cast<EventIdPolicy>((policies() >> 1) & 1); }
  PartitionPolicy partition() const { return static_cast<PartitionPolicy>((policies() >> 2) & 1); }
  bool has_pii() const { return pii_trie() != 0; }

  // For the validator.
  const plan_binary::View& view() const { return view_; }
  uint32_t root() const { return view_[cell_ + plan_binary::kTypeRoot]; }
  uint32_t pii_trie() const { return view_[cell_ + plan_binary::kTypePii]; }

 private:
  uint32_t coerce() const { return view_[cell_ + plan_binary::kTypeCoerce]; }
  uint32_t policies() const { return view_[cell_ + plan_binary::kTypePolicies]; }
  std::optional<int64_t> span_ms(uint32_t at) const {
    const uint64_t value = view_.wide(cell_ + at);
    if (value == ~uint64_t{0}) return std::nullopt;
    return static_cast<int64_t>(value);
  }

  plan_binary::View view_;
  uint32_t cell_;
};

class Plan {
 public:
  // Nothing when the bytes are not a compiled plan of this version: every reference in them is
  // checked here, so that a damaged binary is refused and never followed. `bytes` must outlive the
  // plan.
  [[nodiscard]] static std::optional<Plan> map(std::string_view bytes);

  std::string_view version() const { return view_.text_at(plan_binary::kHeaderVersion); }
  FailedRaw failed_raw() const {
    return static_cast<FailedRaw>(view_[plan_binary::kHeaderFlags] & plan_binary::kFailedRawMask);
  }
  // Whether any content type has personal places.
  bool has_pii() const { return (view_[plan_binary::kHeaderFlags] & plan_binary::kHasPii) != 0; }

  // Whether any of them is hashed, which needs a secret.
  bool hashes_pii() const {
    return (view_[plan_binary::kHeaderFlags] & plan_binary::kHashesPii) != 0;
  }

  uint32_t size() const { return view_[plan_binary::kHeaderTypeCount]; }
  ContentTypePlan operator[](uint32_t index) const {
    return {view_, view_[plan_binary::kHeaderTypes] + index * plan_binary::kTypeCells};
  }
  // Nothing for a content type that the plan does not know.
  [[nodiscard]] std::optional<ContentTypePlan> find(std::string_view content_type) const;

 private:
  explicit Plan(plan_binary::View view) : view_(view) {}

  plan_binary::View view_;
};

}  // namespace edgehose
