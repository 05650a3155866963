#include "shared/plan/plan_compile.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "shared/base/text.h"
#include "shared/plan/decimal.h"
#include "shared/plan/plan.h"
#include "shared/plan/plan_document.h"
#include "shared/plan/schema_compile.h"

namespace edgehose {
namespace {

using namespace plan_binary;

constexpr size_t kContentTypesMax = 1'000;
constexpr size_t kVersionBytesMax = 64;
constexpr size_t kStreamBytesMax = 64;
constexpr int64_t kSpanMsMax = 10LL * 366 * 86'400'000;

bool is_content_type(std::string_view name) {
  return !name.empty() && name.size() <= 64 && is_lower(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

bool is_stream(std::string_view name) {
  return !name.empty() && name.size() <= kStreamBytesMax &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; });
}

// A word of a list, by its place in it.
struct Words {
  std::vector<std::string_view> words;

  std::string mend() const {
    std::string text = "use ";
    for (size_t i = 0; i < words.size(); ++i) {
      if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
      text += words[i];
    }
    return text;
  }
};

class PlanCompiler {
 public:
  PlanCompiled compile(std::string_view json) {
    const PlanValue document = read(json);
    if (result_.problems.empty()) plan(document);
    return finish();
  }

  PlanCompiled compile_one(std::string_view json) {
    const PlanValue schema = read(json);
    if (result_.problems.empty()) {
      writer_.set_text(kHeaderVersion, {});
      const uint32_t type = start_types({"value"});
      writer_.set_node(type + kTypeRoot, schemas_.compile(schema, nullptr));
    }
    return finish();
  }

 private:
  PlanValue read(std::string_view json) {
    if (json.size() <= kPlanBytesMax) return read_plan_document(json, result_.problems);
    problem({}, "larger than 4 MiB", "split the plan");
    return {};
  }

  PlanCompiled finish() {
    std::sort(result_.problems.begin(), result_.problems.end(), [](const auto& a, const auto& b) {
      return std::tie(a.offset, a.place, a.what) < std::tie(b.offset, b.place, b.what);
    });
    if (result_.problems.empty()) result_.bytes = writer_.finish();
    return std::move(result_);
  }

  void problem(const PlanValue& at, std::string what, std::string mend) {
    add_problem(result_.problems, at, std::move(what), std::move(mend));
  }
  bool is_object(const PlanValue& value) {
    if (value.kind == JsonKind::object) return true;
    problem(value, "must be an object", "write {...}");
    return false;
  }
  void refuse_member(const PlanValue& at, const std::string& name, const Words& known) {
    problem(at, "unknown member \"" + name + "\"", known.mend());
  }

  // The place of a word among those that fit; 0 and a problem for another.
  uint32_t word(const PlanValue& value, const Words& known) {
    const auto found = std::find(known.words.begin(), known.words.end(), value.text);
    if (value.kind == JsonKind::string && found != known.words.end()) {
      return static_cast<uint32_t>(found - known.words.begin());
    }
    problem(value, "unknown word " + std::string(value.raw.substr(0, 64)), known.mend());
    return 0;
  }

  uint64_t span_ms(const PlanValue& value) {
    const SmallDecimal small = read_small_decimal(value.raw);
    if (value.kind == JsonKind::number && small.fits && small.scale == 0 && small.mantissa >= 0 &&
        small.mantissa <= kSpanMsMax) {
      return static_cast<uint64_t>(small.mantissa);
    }
    problem(value, "must be whole milliseconds, at most ten years", "write for example 86400000");
    return 0;
  }

  void plan(const PlanValue& document) {
    if (!is_object(document)) return;
    const PlanValue* types = document.find("content_types");
    const PlanValue* version = document.find("version");
    if (version == nullptr) problem(document, "no version", "add \"version\": \"2026-11-23\"");
    if (types == nullptr) problem(document, "no content_types", "add \"content_types\": {}");
    std::optional<FailedRaw> failed_raw;
    for (const auto& [name, value] : document.members) {
      if (name == "failed_raw") {
        failed_raw = static_cast<FailedRaw>(word(value, {{"keep", "redact", "omit"}}));
      } else if (name != "version" && name != "content_types" && name != "$schema" &&
                 name != "description") {
        refuse_member(value, name, {{"version", "description", "content_types", "failed_raw"}});
      }
    }
    if (version != nullptr) read_version(*version);
    if (types != nullptr && is_object(*types)) read_types(*types);
    if (!failed_raw) failed_raw = has_pii_ ? FailedRaw::redact : FailedRaw::keep;
    writer_.set(kHeaderFlags, static_cast<uint32_t>(*failed_raw) | (has_pii_ ? kHasPii : 0U) |
                                  (hashes_pii_ ? kHashesPii : 0U));
  }

  void read_version(const PlanValue& version) {
    if (version.kind != JsonKind::string || version.text.empty() ||
        version.text.size() > kVersionBytesMax) {
      problem(version, "version must be a text of 1 to 64 bytes", "write \"2026-11-23\"");
    }
    writer_.set_text(kHeaderVersion, version.text);
  }

  uint32_t start_types(const std::vector<std::string>& names) {
    const auto count = static_cast<uint32_t>(names.size());
    const uint32_t first = writer_.add_cells(count * kTypeCells);
    writer_.set(kHeaderTypes, first);
    writer_.set(kHeaderTypeCount, count);
    const uint32_t table = writer_.add_table(names);
    writer_.set(kHeaderTypeTable, table);
    for (uint32_t i = 0; i < count; ++i) {
      writer_.set(writer_.entries(table) + i * kEntryCells + kEntryNode, i);
      const uint32_t type = first + i * kTypeCells;
      writer_.set_text(type + kTypeName, names[i]);
      writer_.set_text(type + kTypeStream, {});
      writer_.set_wide(type + kTypeLateLow, ~uint64_t{0});
      writer_.set_wide(type + kTypeFutureLow, ~uint64_t{0});
    }
    return first;
  }

  void read_types(const PlanValue& types) {
    if (types.members.size() > kContentTypesMax) {
      return problem(types, "more than 1000 content types", "split the plan");
    }
    std::vector<std::string> names;
    for (const auto& [name, value] : types.members) {
      names.push_back(name);
      if (!is_content_type(name)) {
        problem(value, "\"" + name + "\" is no content type",
                "use a lower-case letter, then up to 63 of a-z, 0-9 and _");
      }
    }
    uint32_t type = start_types(names);
    for (const auto& member : types.members) {
      if (is_object(member.second)) read_type(member.second, type);
      type += kTypeCells;
    }
  }

  void read_type(const PlanValue& value, uint32_t type) {
    PlaceTree places;
    for (const auto& [name, member] : value.members) {
      if (name == "stream") {
        if (!is_stream(member.text)) {
          problem(member, "no name of a stream", "use up to 64 of letters, digits, _ . -");
        }
        writer_.set_text(type + kTypeStream, member.text);
      } else if (name == "coerce") {
        read_coerce(member, type, places);
      } else if (name == "pii") {
        read_pii(member, places);
      } else if (name == "late") {
        read_late(member, type);
      } else if (name == "event_id") {
        policies(type, word(member, {{"required", "derived"}}) << 1);
      } else if (name == "partition") {
        policies(type, word(member, {{"none", "event_hour"}}) << 2);
      } else if (name != "schema" && name != "description") {
        refuse_member(member, name,
                      {{"schema", "stream", "coerce", "pii", "late", "event_id", "partition",
                        "description"}});
      }
    }
    const PlanValue* schema = value.find("schema");
    const PlaceTree* named = places.steps.empty() ? nullptr : &places;
    if (schema == nullptr) {
      problem(value, "no schema", "add \"schema\": {\"type\": \"object\"}");
    } else {
      const uint32_t root = schemas_.compile(*schema, named);
      check_root(*schema, root);
      writer_.set_node(type + kTypeRoot, root);
    }
    writer_.set(type + kTypePii, trie_of(places));
  }

  // A schema that is false refuses every event, and says so; one of another type does not.
  void check_root(const PlanValue& schema, uint32_t root) {
    const uint32_t flags = writer_.node_cell(root, kNodeFlags);
    if ((flags & kNodeFalse) != 0 || (flags & kAnyType) == 0 || (flags & kObject) != 0) return;
    const PlanValue* type = schema.find("type");
    problem(type != nullptr ? *type : schema,
            "properties is always an object, and the schema takes none",
            "write \"type\": \"object\"");
  }

  void policies(uint32_t type, uint32_t bits) {
    policies_[type] |= bits;
    writer_.set(type + kTypePolicies, policies_[type]);
  }

  void read_late(const PlanValue& value, uint32_t type) {
    if (!is_object(value)) return;
    for (const auto& [name, member] : value.members) {
      if (name == "after_ms") {
        writer_.set_wide(type + kTypeLateLow, span_ms(member));
      } else if (name == "future_ms") {
        writer_.set_wide(type + kTypeFutureLow, span_ms(member));
      } else if (name == "action") {
        policies(type, word(member, {{"mark", "fail"}}) == 0 ? kLateMarks : kLateFails);
      } else {
        refuse_member(member, name, {{"after_ms", "future_ms", "action"}});
      }
    }
  }

  void read_coerce(const PlanValue& value, uint32_t type, PlaceTree& places) {
    if (!is_object(value)) return;
    uint32_t bits = 0;
    for (const auto& [name, member] : value.members) {
      if (name == "types") {
        if (member.kind != JsonKind::boolean)
          problem(member, "must be true or false", "write true");
        if (member.is_true()) bits |= 1;
      } else if (name == "times") {
        if (member.kind == JsonKind::boolean) {
          if (member.is_true()) bits |= 2;
        } else {
          read_times(member, places);
        }
      } else if (name == "empty_string") {
        bits |= word(member, {{"keep", "null", "absent"}}) << 2;
      } else {
        refuse_member(member, name, {{"types", "times", "empty_string"}});
      }
    }
    writer_.set(type + kTypeCoerce, bits);
  }

  void read_times(const PlanValue& list, PlaceTree& places) {
    if (list.kind != JsonKind::array) {
      return problem(list, "times must be a list of places, or true for each date-time",
                     "write [\"/published_at\"]");
    }
    for (const PlanValue& place : list.elements) {
      if (PlaceTree* at = place_of(place, place.text, places)) at->is_time = true;
    }
  }

  void read_pii(const PlanValue& value, PlaceTree& places) {
    if (!is_object(value)) return;
    for (const auto& [pointer, action] : value.members) {
      PlaceTree* at = place_of(action, pointer, places);
      const uint32_t index = word(action, {{"hash", "mask", "drop"}});
      if (at == nullptr) continue;
      at->pii = static_cast<Pii>(index + 1);
      has_pii_ = true;
      hashes_pii_ = hashes_pii_ || at->pii == Pii::hash;
    }
  }

  // The tree's node of a JSON Pointer, with the nodes on its way.
  PlaceTree* place_of(const PlanValue& value, std::string_view pointer, PlaceTree& root) {
    if (value.kind != JsonKind::string || pointer.size() < 2 || pointer.front() != '/') {
      problem(value, "a place must be a JSON Pointer into properties",
              "write \"/email\", or \"/items/*/email\" for every element of a list");
      return nullptr;
    }
    PlaceTree* at = &root;
    while (!pointer.empty()) {
      pointer.remove_prefix(1);
      const size_t end = std::min(pointer.find('/'), pointer.size());
      std::string step;
      for (size_t i = 0; i < end; ++i) {
        const bool escape = pointer[i] == '~' && i + 1 < end;
        if (escape && (pointer[i + 1] == '0' || pointer[i + 1] == '1')) {
          step.push_back(pointer[++i] == '0' ? '~' : '/');
        } else {
          step.push_back(pointer[i]);
        }
      }
      pointer.remove_prefix(end);
      std::unique_ptr<PlaceTree>& next = at->steps[step];
      if (!next) next = std::make_unique<PlaceTree>();
      at = next.get();
    }
    at->named_at = &value;
    return at;
  }

  // The trie of personal places alone: for the text of failed events.
  uint32_t trie_of(const PlaceTree& tree) {
    std::vector<std::string> names;
    std::vector<uint32_t> below;
    uint32_t each = 0;
    for (const auto& [step, next] : tree.steps) {
      const uint32_t trie = trie_of(*next);
      if (trie == 0) continue;
      if (step == "*") {
        each = trie;
      } else {
        names.push_back(step);
        below.push_back(trie);
      }
    }
    if (tree.pii == Pii::none && names.empty() && each == 0) return 0;
    const uint32_t at = writer_.add_cells(kTrieCells);
    writer_.set(at + kTriePii, static_cast<uint32_t>(tree.pii));
    writer_.set(at + kTrieEach, each);
    if (names.empty()) return at;
    const uint32_t table = writer_.add_table(names);
    writer_.set(at + kTrieTable, table);
    for (uint32_t i = 0; i < below.size(); ++i) {
      writer_.set(writer_.entries(table) + i * kEntryCells + kEntryNode, below[i]);
    }
    return at;
  }

  PlanCompiled result_;
  BinaryWriter writer_;
  SchemaCompiler schemas_{writer_, result_.problems};
  std::map<uint32_t, uint32_t> policies_;
  bool has_pii_ = false;
  bool hashes_pii_ = false;
};

}  // namespace

PlanCompiled compile_plan(std::string_view json) { return PlanCompiler().compile(json); }

PlanCompiled compile_schema(std::string_view json) { return PlanCompiler().compile_one(json); }

}  // namespace edgehose
