#include "shared/plan/plan_document.h"

#include <algorithm>

#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr uint32_t kDepthMax = 128;

class DocumentReader {
 public:
  DocumentReader(std::string_view text, std::vector<PlanProblem>& problems)
      : text_(text), in_(text, kDepthMax), problems_(problems) {}

  PlanValue run() {
    PlanValue root;
    read(root);
    if (in_.ok() && (in_.peek() != '\0' || in_.at() != text_.size())) {
      add("unexpected text behind the value", "leave it out", in_.at());
    }
    if (!in_.ok()) {
      add("no JSON: " + std::string(to_text(in_.fault())), "mend the text at this place", in_.at());
    }
    return root;
  }

 private:
  void add(std::string what, std::string mend, size_t offset) {
    PlanValue at;
    at.pointer = json_pointer_at(text_, offset);
    at.offset = std::min(offset, text_.size());
    add_problem(problems_, at, std::move(what), std::move(mend));
  }

  void read(PlanValue& value) {
    const char first = in_.peek();
    value.offset = in_.at();
    if (first == '{') {
      value.kind = JsonKind::object;
      object(value);
    } else if (first == '[') {
      value.kind = JsonKind::array;
      array(value);
    } else {
      value.raw = in_.take_value();
      value.kind = json_kind(value.raw);
      if (value.kind == JsonKind::string) {
        json_append_decoded(value.text, value.raw);
      } else {
        value.text = value.raw;
      }
      return;
    }
    if (in_.ok()) value.raw = text_.substr(value.offset, in_.at() - value.offset);
  }

  void object(PlanValue& value) {
    if (in_.open() >= kDepthMax) {
      (void)in_.take_value();
      return;
    }
    if (!in_.enter_object()) return;
    for (std::string_view key; in_.next_member(key);) {
      std::string name;
      json_append_decoded(name, key);
      PlanValue member;
      member.pointer = value.pointer;
      json_append_pointer_step(member.pointer, name);
      read(member);
      if (!in_.ok()) return;
      if (value.find(name) != nullptr) {
        add_problem(problems_, member, "\"" + name + "\" stands twice", "keep one of the two");
      } else {
        value.members.push_back({std::move(name), std::move(member)});
      }
    }
  }

  void array(PlanValue& value) {
    if (in_.open() >= kDepthMax) {
      (void)in_.take_value();
      return;
    }
    if (!in_.enter_array()) return;
    while (in_.next_element()) {
      PlanValue element;
      element.pointer = value.pointer + "/" + std::to_string(value.elements.size());
      read(element);
      if (!in_.ok()) return;
      value.elements.push_back(std::move(element));
    }
  }

  std::string_view text_;
  JsonScanner in_;
  std::vector<PlanProblem>& problems_;
};

std::string unescaped_step(std::string_view step) {
  std::string name;
  for (size_t i = 0; i < step.size(); ++i) {
    const bool escape = step[i] == '~' && i + 1 < step.size();
    if (escape && (step[i + 1] == '0' || step[i + 1] == '1')) {
      name.push_back(step[++i] == '0' ? '~' : '/');
    } else {
      name.push_back(step[i]);
    }
  }
  return name;
}

const PlanValue* element_at(const PlanValue& array, std::string_view step) {
  if (step.empty() || step.size() > 8 || !std::all_of(step.begin(), step.end(), is_digit)) {
    return nullptr;
  }
  size_t index = 0;
  for (char c : step) index = index * 10 + static_cast<size_t>(c - '0');
  return index < array.elements.size() ? &array.elements[index] : nullptr;
}

}  // namespace

const PlanValue* PlanValue::find(std::string_view name) const {
  for (const auto& [key, value] : members) {
    if (key == name) return &value;
  }
  return nullptr;
}

const PlanValue* PlanValue::resolve(std::string_view pointer_text) const {
  const PlanValue* at = this;
  while (at != nullptr && !pointer_text.empty()) {
    if (pointer_text.front() != '/') return nullptr;
    pointer_text.remove_prefix(1);
    const size_t end = std::min(pointer_text.find('/'), pointer_text.size());
    const std::string step = unescaped_step(pointer_text.substr(0, end));
    pointer_text.remove_prefix(end);
    at = at->kind == JsonKind::array ? element_at(*at, step) : at->find(step);
  }
  return at;
}

PlanValue read_plan_document(std::string_view json, std::vector<PlanProblem>& problems) {
  return DocumentReader(json, problems).run();
}

void add_problem(std::vector<PlanProblem>& problems, const PlanValue& at, std::string what,
                 std::string mend) {
  if (problems.size() >= kPlanProblemsMax) return;
  // A schema that is referred to twice is read twice.
  for (const PlanProblem& known : problems) {
    if (known.place == at.pointer && known.what == what) return;
  }
  problems.push_back({at.pointer, at.offset, std::move(what), std::move(mend)});
}

}  // namespace edgehose
