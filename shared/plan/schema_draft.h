// What the keywords of one schema said, before its node is written. For the schema compiler alone.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "shared/plan/decimal.h"
#include "shared/plan/format.h"
#include "shared/plan/schema_compile.h"

namespace edgehose {

struct SchemaCompiler::Draft {
  uint32_t types = plan_binary::kAnyType;
  const PlanValue* enum_values = nullptr;
  const PlanValue* const_value = nullptr;

  uint32_t length_min = 0;
  uint32_t length_max = plan_binary::kNone;
  uint32_t pattern = 0;
  Format format = Format::none;

  std::array<const PlanValue*, plan_binary::kBounds> bounds = {};
  const PlanValue* multiple_of = nullptr;

  const PlanValue* properties = nullptr;
  const PlanValue* pattern_properties = nullptr;
  const PlanValue* additional = nullptr;
  const PlanValue* names = nullptr;
  const PlanValue* required = nullptr;
  const PlanValue* dependents = nullptr;
  uint32_t members_min = 0;
  uint32_t members_max = plan_binary::kNone;

  const PlanValue* items = nullptr;
  const PlanValue* prefix = nullptr;
  const PlanValue* contains = nullptr;
  uint32_t contains_min = 1;
  uint32_t contains_max = plan_binary::kNone;
  uint32_t items_min = 0;
  uint32_t items_max = plan_binary::kNone;
  bool unique = false;

  const PlanValue* all_of = nullptr;
  const PlanValue* any_of = nullptr;
  const PlanValue* one_of = nullptr;
  const PlanValue* not_schema = nullptr;
  const PlanValue* if_schema = nullptr;
  const PlanValue* then_schema = nullptr;
  const PlanValue* else_schema = nullptr;
  const PlanValue* reference = nullptr;

  bool has_string_checks() const {
    return length_min > 0 || length_max != plan_binary::kNone || pattern != 0 ||
           format != Format::none;
  }
  bool has_number_checks() const {
    for (const PlanValue* bound : bounds) {
      if (bound != nullptr) return true;
    }
    return multiple_of != nullptr;
  }
  bool has_object_checks() const {
    return properties != nullptr || pattern_properties != nullptr || additional != nullptr ||
           names != nullptr || required != nullptr || dependents != nullptr || members_min > 0 ||
           members_max != plan_binary::kNone;
  }
  bool has_array_checks() const {
    return items != nullptr || prefix != nullptr || contains != nullptr || items_min > 0 ||
           items_max != plan_binary::kNone || unique;
  }
};

}  // namespace edgehose
