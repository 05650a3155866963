#include "shared/plan/plan.h"

#include "shared/plan/key_table.h"
#include "shared/plan/plan_check.h"

namespace edgehose {

using namespace plan_binary;

std::optional<Plan> Plan::map(std::string_view bytes) {
  if (!is_sound_plan(bytes)) return std::nullopt;
  return Plan(View(bytes));
}

std::optional<ContentTypePlan> Plan::find(std::string_view content_type) const {
  const uint32_t table = view_[kHeaderTypeTable];
  const uint32_t entry =
      find_key(view_, table, content_type, content_type.data() + content_type.size());
  if (entry == kNone) return std::nullopt;
  return (*this)[view_[view_[table + kTableEntries] + entry * kEntryCells + kEntryNode]];
}

}  // namespace edgehose
