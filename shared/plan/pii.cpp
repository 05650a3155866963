#include "shared/plan/pii.h"

#include "shared/base/hmac.h"
#include "shared/base/json_scan.h"
#include "shared/plan/key_table.h"

namespace edgehose {
namespace {

using namespace plan_binary;

// Copies a value, masking the places of a trie. The scanner stands before the value.
class Redactor {
 public:
  Redactor(const View& view, std::string_view text, IsMemberName is_member, uint32_t depth_max,
           std::string& out)
      : view_(view), text_(text), in_(text, depth_max), is_member_(is_member), out_(out) {}

  bool run(uint32_t trie) {
    if (in_.peek() != '{') return false;
    if (trie == 0) {
      (void)in_.take_value();
    } else {
      event(trie);
    }
    if (!in_.ok() || in_.peek() != '\0' || in_.at() != text_.size()) return false;
    flush_to(text_.size());
    return true;
  }

 private:
  void event(uint32_t trie) {
    (void)in_.enter_object();
    for (std::string_view key; in_.next_member(key);) {
      const std::string& name = decoded(key);
      const char first = in_.peek();
      if (name == "properties") {
        value(trie);
      } else if (first == '{' || first == '[' || !is_member_(name)) {
        mask();
      } else {
        (void)in_.take_value();
      }
    }
  }

  void value(uint32_t trie) {
    if (trie == 0) {
      (void)in_.take_value();
      return;
    }
    const char first = in_.peek();
    const bool is_place = view_[trie + kTriePii] != 0;
    if (!is_place && first == '{' && view_[trie + kTrieTable] != 0) {
      object(view_[trie + kTrieTable]);
    } else if (!is_place && first == '[' && view_[trie + kTrieEach] != 0) {
      if (!in_.enter_array()) return;
      while (in_.next_element()) value(view_[trie + kTrieEach]);
    } else if (!is_place && (first == 't' || first == 'f' || first == 'n')) {
      (void)in_.take_value();
    } else {
      mask();
    }
  }

  void mask() {
    (void)in_.peek();
    const size_t begin = in_.at();
    if (in_.take_value().empty()) return;
    flush_to(begin);
    out_ += kMasked;
    copied_ = in_.at();
  }

  void object(uint32_t table) {
    if (!in_.enter_object()) return;
    for (std::string_view key; in_.next_member(key);) {
      const std::string& name = decoded(key);
      const uint32_t entry = find_key(view_, table, name, name.data() + name.size());
      const uint32_t below =
          entry == kNone ? 0
                         : view_[view_[table + kTableEntries] + entry * kEntryCells + kEntryNode];
      value(below);
    }
  }

  const std::string& decoded(std::string_view key) {
    name_.clear();
    json_append_decoded(name_, key);
    return name_;
  }
  void flush_to(size_t at) {
    out_.append(text_.substr(copied_, at - copied_));
    copied_ = at;
  }

  const View& view_;
  std::string_view text_;
  JsonScanner in_;
  IsMemberName is_member_;
  std::string& out_;
  std::string name_;
  size_t copied_ = 0;
};

}  // namespace

void append_hidden(std::string& out, Pii action, std::string_view json, std::string_view key) {
  switch (action) {
    case Pii::none:
      out += json;
      return;
    case Pii::mask:
      out += kMasked;
      return;
    case Pii::drop:
      out += "null";
      return;
    case Pii::hash:
      break;
  }
  // Nothing is known of nobody: a hash would say that something is.
  if (json == "null" || json == "\"\"") {
    out += json;
    return;
  }
  std::string text(json);
  if (json_kind(json) == JsonKind::string) {
    text.clear();
    json_append_decoded(text, json);
  }
  out.push_back('"');
  append_hex(out, hmac_sha256(key, text));
  out.push_back('"');
}

bool append_redacted_event(std::string& out, const ContentTypePlan& plan, std::string_view event,
                           IsMemberName is_member, uint32_t depth_max) {
  const size_t start = out.size();
  if (Redactor(plan.view(), event, is_member, depth_max, out).run(plan.pii_trie())) return true;
  out.resize(start);
  return false;
}

}  // namespace edgehose
