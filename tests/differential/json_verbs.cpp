#include <nlohmann/json.hpp>

#include "shared/base/json_scan.h"
#include "shared/base/text.h"
#include "tests/differential/verbs.h"

namespace edgehose::differential {
namespace {

// Takes a value apart member by member, as an event's reader does.
void walk(JsonScanner& in) {
  switch (in.peek()) {
    case '{':
      if (!in.enter_object()) return;
      for (std::string_view key; in.next_member(key);) walk(in);
      return;
    case '[':
      if (!in.enter_array()) return;
      while (in.next_element()) walk(in);
      return;
    default:
      (void)in.take_value();
  }
}

bool is_at_end(JsonScanner& in) {
  return in.ok() && in.peek() == '\0' && in.at() == in.text().size();
}

std::string_view word(bool yes) { return yes ? "1" : "0"; }

}  // namespace

void ask_json(const Fields& in, Fields& out) {
  const std::string text = field(in, 0);
  JsonScanner scan(text);
  const std::string_view value = scan.take_value();
  const bool is_compact = scan.taken_compact();
  const bool whole = is_at_end(scan);
  out.emplace_back(word(whole));
  out.emplace_back(to_text(scan.fault()));
  if (!whole) return;
  std::string compact;
  json_append_compact(compact, value);
  out.emplace_back(word(is_compact));
  out.push_back(compact);
}

void ask_json_walk(const Fields& in, Fields& out) {
  const std::string text = field(in, 0);
  JsonScanner scan(text);
  walk(scan);
  const bool whole = is_at_end(scan);
  out.emplace_back(word(whole));
  out.emplace_back(to_text(scan.fault()));
}

void ask_nlohmann(const Fields& in, Fields& out) {
  out.emplace_back(word(nlohmann::json::accept(field(in, 0))));
}

}  // namespace edgehose::differential
