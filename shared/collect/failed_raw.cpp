#include "shared/collect/failed_raw.h"

#include <vector>

#include "shared/base/json_scan.h"
#include "shared/enrich/privacy.h"
#include "shared/event/event.h"
#include "shared/plan/pii.h"

namespace edgehose {
namespace {

// Appends an event's text with the list's parameters redacted in its URLs, all else byte for byte.
// False, and `out` of no use, when the text is no object.
bool append_with_redacted_urls(std::string& out, std::string_view event,
                               std::span<const std::string> redact_query) {
  const std::vector<std::string_view> names(redact_query.begin(), redact_query.end());
  JsonScanner in(event);
  if (in.peek() != '{' || !in.enter_object()) return false;
  size_t copied = 0;
  for (std::string_view key; in.next_member(key);) {
    const bool is_url = key == "\"page_url\"" || key == "\"referrer_url\"";
    const bool may_be_url = is_url || in.taken_escaped();
    (void)in.peek();
    const size_t start = in.at();
    const std::string_view value = in.take_value();
    if (!in.ok()) return false;
    if (!may_be_url || json_kind(value) != JsonKind::string) continue;
    std::string url;
    json_append_decoded(url, value);
    std::string redacted;
    append_redacted_url(redacted, url, names);
    if (redacted == url) continue;
    out.append(event, copied, start - copied);
    json_append_string(out, redacted);
    copied = start + value.size();
  }
  if (!in.ok()) return false;
  out.append(event, copied);
  return true;
}

}  // namespace

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
  if (!append_with_redacted_urls(redacted, kept, rules.redact_query)) return std::nullopt;
  scratch = std::move(redacted);
  return scratch;
}

}  // namespace edgehose
