#include "shared/collect/failed_raw.h"

#include <utility>
#include <vector>

#include "shared/base/json_scan.h"
#include "shared/enrich/privacy.h"
#include "shared/event/event.h"
#include "shared/plan/pii.h"

namespace edgehose {
namespace {

// Appends a text's JSON with the list's parameters redacted in its strings, all else byte for byte.
// False, and `out` of no use, when it does not parse.
bool append_with_redacted_texts(std::string& out, std::string_view json,
                                std::span<const std::string> redact_query) {
  const std::vector<std::string_view> names(redact_query.begin(), redact_query.end());
  JsonScanner in(json);
  if (in.take_value().empty() || in.peek() != '\0' || in.at() != json.size()) return false;
  std::string text;
  std::string redacted;
  size_t copied = 0;
  // Of text that parses, quotes stand around strings alone.
  for (size_t at = json.find('"'); at < json.size(); at = json.find('"', at)) {
    const size_t start = at;
    for (++at; json[at] != '"'; ++at) at += json[at] == '\\' ? 1 : 0;
    ++at;
    text.clear();
    json_append_decoded(text, json.substr(start, at - start));
    redacted.clear();
    append_redacted_text(redacted, text, names);
    if (redacted == text) continue;
    out.append(json, copied, start - copied);
    json_append_string(out, redacted);
    copied = at;
  }
  out.append(json, copied);
  return true;
}

}  // namespace

void redact_shown(std::string& shown, std::span<const std::string> redact_query) {
  if (redact_query.empty()) return;
  // What \u003d stands for is an equals sign, and a text that was cut may end inside an escape.
  if (shown.find('\\') != std::string::npos) return shown.clear();
  const std::vector<std::string_view> names(redact_query.begin(), redact_query.end());
  std::string redacted;
  append_redacted_text(redacted, shown, names);
  shown = std::move(redacted);
}

bool may_hold_personal(const Plan* plan, std::string_view content_type) {
  if (plan == nullptr || !plan->has_pii()) return false;
  const auto planned = plan->find(content_type);
  return !planned || planned->has_pii();
}

std::optional<std::string_view> kept_raw(std::string_view original, const RawRules& rules,
                                         std::string& scratch) {
  if (rules.is_anonymous) return std::nullopt;
  const FailedRaw policy = rules.plan != nullptr ? rules.plan->failed_raw() : FailedRaw::keep;
  if (policy == FailedRaw::omit) return std::nullopt;

  std::string_view kept = original;
  scratch.clear();
  if (policy == FailedRaw::redact) {
    const auto plan = rules.plan->find(rules.content_type);
    // Of an unknown type nobody can say what is personal.
    if (!plan || !append_redacted_event(scratch, *plan, original, is_member_name))
      return std::nullopt;
    kept = scratch;
  }
  if (rules.redact_query.empty()) return kept;
  std::string redacted;
  if (!append_with_redacted_texts(redacted, kept, rules.redact_query)) return std::nullopt;
  scratch = std::move(redacted);
  return scratch;
}

}  // namespace edgehose
