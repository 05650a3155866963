#include "simulator/services/apigateway/vtl_json_path.h"

#include "shared/base/json_scan.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr size_t kItemBytes = 32;
constexpr size_t kMemberBytes = 64;
constexpr size_t kPathStepsMax = 128;

class JsonReader {
 public:
  JsonReader(VtlHeap& heap, std::string_view text, uint32_t depth_max)
      : heap_(heap), in_(text, depth_max) {}

  bool read(VtlValue& value) {
    switch (in_.peek()) {
      case '{':
        return object(value);
      case '[':
        return array(value);
      default:
        return scalar(value);
    }
  }
  bool at_end() { return in_.peek() == '\0' && in_.at() == in_.text().size(); }
  std::string fault() const {
    const std::string_view what = in_.ok() ? "something behind the value" : to_text(in_.fault());
    return std::string(what) + " at byte " + std::to_string(in_.at());
  }

 private:
  bool object(VtlValue& value) {
    VtlMap* map = heap_.map();
    value = map;
    if (!in_.enter_object()) return false;
    std::string_view raw_key;
    while (in_.next_member(raw_key)) {
      std::string key;
      json_append_decoded(key, raw_key);
      VtlValue member;
      if (!read(member)) return false;
      map->put(heap_.text(std::move(key)), member);
      heap_.charge(kMemberBytes);
      if (heap_.is_full()) return true;
    }
    return in_.ok();
  }

  bool array(VtlValue& value) {
    VtlList* list = heap_.list();
    value = list;
    if (!in_.enter_array()) return false;
    while (in_.next_element()) {
      VtlValue item;
      if (!read(item)) return false;
      list->items.push_back(item);
      heap_.charge(kItemBytes);
      if (heap_.is_full()) return true;
    }
    return in_.ok();
  }

  bool scalar(VtlValue& value) {
    const std::string_view raw = in_.take_value();
    if (raw.empty()) return false;
    switch (json_kind(raw)) {
      case JsonKind::string: {
        std::string text;
        json_append_decoded(text, raw);
        value = heap_.text(std::move(text));
        return true;
      }
      case JsonKind::boolean:
        value = raw == "true";
        return true;
      case JsonKind::number:
        value = vtl_number(heap_.text(std::string(raw)));
        return true;
      default:
        value = VtlValue{};
        return true;
    }
  }

  VtlHeap& heap_;
  JsonScanner in_;
};

class PathReader {
 public:
  PathReader(std::string_view text, std::string& fault) : text_(trim(text)), fault_(fault) {}

  std::optional<VtlPath> read() {
    VtlPath path;
    if (text_.empty()) return refuse("an empty path");
    if (text_.front() == '$') ++at_;
    // A path may leave "$." out, and API Gateway takes it so.
    else if (!name_step(path, VtlPathStep::Kind::member))
      return std::nullopt;
    while (at_ < text_.size()) {
      if (!step(path)) return std::nullopt;
      if (path.steps.size() > kPathStepsMax) return refuse("a path of more than 128 steps");
    }
    return path;
  }

 private:
  std::nullopt_t refuse(std::string_view what) {
    if (fault_.empty()) {
      fault_.assign("JSONPath ").append(text_).append(": ").append(what).append(" is not modelled");
    }
    return std::nullopt;
  }
  bool fail(std::string_view what) {
    (void)refuse(what);
    return false;
  }
  bool try_take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  bool step(VtlPath& path) {
    if (try_take("..")) {
      path.is_indefinite = true;
      if (try_take("*") || text_.substr(at_).starts_with('[')) return fail("..* and ..[");
      return name_step(path, VtlPathStep::Kind::deep_member);
    }
    if (try_take(".*") || try_take("[*]")) {
      path.is_indefinite = true;
      path.steps.push_back({.kind = VtlPathStep::Kind::every});
      return true;
    }
    if (try_take(".")) return name_step(path, VtlPathStep::Kind::member);
    if (try_take("[")) return bracket(path);
    return fail("this form");
  }

  bool name_step(VtlPath& path, VtlPathStep::Kind kind) {
    const size_t start = at_;
    while (at_ < text_.size() && text_[at_] != '.' && text_[at_] != '[' && text_[at_] != '(') ++at_;
    if (at_ < text_.size() && text_[at_] == '(') return fail("a function");
    if (at_ == start) return fail("a step without a name");
    path.steps.push_back({.kind = kind, .name = std::string(text_.substr(start, at_ - start))});
    return true;
  }

  bool bracket(VtlPath& path) {
    if (try_take("?")) return fail("a filter");
    if (try_take("(")) return fail("a script");
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote == '\'' || quote == '"') {
      const size_t end = text_.find(quote, at_ + 1);
      if (end == std::string_view::npos) return fail("a name without its end");
      const std::string_view name = text_.substr(at_ + 1, end - at_ - 1);
      if (name.find('\\') != std::string_view::npos) return fail("an escape in a name");
      path.steps.push_back({.kind = VtlPathStep::Kind::member, .name = std::string(name)});
      at_ = end + 1;
      return try_take("]") || fail("a union");
    }
    return index(path);
  }

  bool index(VtlPath& path) {
    const bool is_negative = try_take("-");
    int64_t value = 0;
    const size_t start = at_;
    constexpr size_t kDigitsMax = 9;
    while (at_ < text_.size() && is_digit(text_[at_]) && at_ - start < kDigitsMax) {
      value = value * 10 + (text_[at_++] - '0');
    }
    if (at_ == start) return fail("this index");
    if (!try_take("]")) return fail("a slice or a union");
    path.steps.push_back(
        {.kind = VtlPathStep::Kind::index, .name = {}, .index = is_negative ? -value : value});
    return true;
  }

  std::string_view text_;
  std::string& fault_;
  size_t at_ = 0;
};

class Finder {
 public:
  Finder(VtlHeap& heap, const VtlPath& path, size_t& steps, VtlFound& found)
      : heap_(heap), path_(path), steps_(steps), found_(found) {
    if (path.is_indefinite) {
      all_ = heap.list();
      found_.is_found = true;
      found_.value = all_;
    }
  }

  void walk(const VtlValue& value, size_t step) {
    if (!spend()) return;
    if (step == path_.steps.size()) return take(value);
    ++depth_;
    step_into(value, step);
    --depth_;
  }

 private:
  void step_into(const VtlValue& value, size_t step) {
    const VtlPathStep& wanted = path_.steps[step];
    switch (wanted.kind) {
      case VtlPathStep::Kind::member:
        return member(value, step, wanted.name);
      case VtlPathStep::Kind::index:
        return item(value, step, wanted.index);
      case VtlPathStep::Kind::every:
        return each(value, step + 1);
      default:
        member(value, step, wanted.name);
        return each(value, step);
    }
  }

  // A template may have put a map of the input into itself.
  static constexpr uint32_t kDepthMax = 512;

  bool spend() {
    if (steps_ == 0 || depth_ > kDepthMax || heap_.is_full()) {
      found_.is_over = true;
      return false;
    }
    --steps_;
    return true;
  }

  void take(const VtlValue& value) {
    if (all_ == nullptr) {
      found_.is_found = true;
      found_.value = value;
      return;
    }
    all_->items.push_back(value);
    heap_.charge(kItemBytes);
  }

  void member(const VtlValue& value, size_t step, std::string_view name) {
    const auto* map = std::get_if<VtlMap*>(&value);
    if (map == nullptr) return;
    const VtlValue* inner = (*map)->find(name);
    if (inner != nullptr) walk(*inner, step + 1);
  }

  void item(const VtlValue& value, size_t step, int64_t index) {
    const auto* list = std::get_if<VtlList*>(&value);
    if (list == nullptr) return;
    const auto count = static_cast<int64_t>((*list)->items.size());
    const int64_t at = index < 0 ? count + index : index;
    if (at < 0 || at >= count) return;
    walk((*list)->items[static_cast<size_t>(at)], step + 1);
  }

  void each(const VtlValue& value, size_t step) {
    if (const auto* list = std::get_if<VtlList*>(&value)) {
      for (const VtlValue& inner : (*list)->items) walk(inner, step);
    } else if (const auto* map = std::get_if<VtlMap*>(&value)) {
      for (const auto& [key, inner] : (*map)->entries) walk(inner, step);
    }
  }

  VtlHeap& heap_;
  const VtlPath& path_;
  size_t& steps_;
  VtlFound& found_;
  VtlList* all_ = nullptr;
  uint32_t depth_ = 0;
};

}  // namespace

std::optional<VtlValue> vtl_parse_json(VtlHeap& heap, std::string_view text, uint32_t depth_max,
                                       std::string& fault) {
  JsonReader reader(heap, text, depth_max);
  VtlValue value;
  const bool is_whole = reader.read(value);
  if (heap.is_full()) return value;
  if (is_whole && reader.at_end()) return value;
  fault = reader.fault();
  return std::nullopt;
}

std::optional<VtlPath> vtl_read_path(std::string_view text, std::string& fault) {
  return PathReader(text, fault).read();
}

VtlFound vtl_find(VtlHeap& heap, const VtlValue& root, const VtlPath& path, size_t& steps) {
  VtlFound found;
  Finder(heap, path, steps, found).walk(root, 0);
  return found;
}

}  // namespace edgehose
