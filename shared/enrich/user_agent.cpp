#include "shared/enrich/user_agent.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "shared/base/rare.h"
#include "shared/base/text.h"
#include "shared/enrich/bot.h"

namespace edgehose {
namespace {

constexpr std::string_view kOther = "Other";

std::string_view unless_other(std::string_view family) {
  return family == kOther ? std::string_view{} : family;
}

bool says_only_chrome(std::string_view family) {
  return family.empty() || family == "Chrome" || family == "Chromium" || family == "Chrome Mobile";
}

// What JavaScript's trim() takes off: blanks of ASCII, and those of Unicode in UTF-8.
constexpr std::array<std::string_view, 19> kWideBlanks = {
    "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82",
    "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87",
    "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8", "\xe2\x80\xa9",
    "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80", "\xef\xbb\xbf"};

constexpr bool is_script_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
// Whether a text's first or last byte may belong to a blank.
constexpr bool may_be_blank(char c) { return static_cast<signed char>(c) <= ' '; }

enum class Side : uint8_t { front, back };

// Bytes of the blank at a side of `text`, which is not empty; 0 when there is none.
EDGEHOSE_RARE size_t blank_bytes(std::string_view text, Side side) {
  if (is_script_blank(side == Side::front ? text.front() : text.back())) return 1;
  for (const std::string_view blank : kWideBlanks) {
    if (side == Side::front ? text.starts_with(blank) : text.ends_with(blank)) return blank.size();
  }
  return 0;
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && may_be_blank(text.front())) {
    const size_t bytes = blank_bytes(text, Side::front);
    if (bytes == 0) break;
    text.remove_prefix(bytes);
  }
  while (!text.empty() && may_be_blank(text.back())) {
    const size_t bytes = blank_bytes(text, Side::back);
    if (bytes == 0) break;
    text.remove_suffix(bytes);
  }
  return text;
}

}  // namespace

EDGEHOSE_RARE UserAgentReader::UserAgentReader(std::span<const uint8_t> rules)
    : rules_(rules), index_(rules_) {}

const UserAgent& UserAgentReader::read(std::string_view user_agent, const ClientHints& hints) {
  agent_ = {};
  used_ = 0;
  text_.prepare(user_agent);
  if (text_.size() > 0) {
    index_.scan(text_);
    read_browser();
    read_os();
    read_device();
    read_bot();
  }
  if (!hints.empty() && !agent_.is_bot) reconcile(hints);
  return agent_;
}

void UserAgentReader::read_browser() {
  const size_t found = index_.find(RuleList::user_agent);
  if (found == kNoRule) return;
  const Rule& rule = rules_.rules()[found];
  // A family's pattern knows $1 alone and keeps its blanks; versions are taken as they stand.
  agent_.ua_family = rule.texts[0] == 0 ? group(1) : filled(rules_.text(rule.texts[0]), 1);
  agent_.ua_family = unless_other(agent_.ua_family);
  const auto version = [&](size_t i) {
    return rule.texts[i] == 0 ? group(i + 1) : rules_.text(rule.texts[i]);
  };
  agent_.ua_major = version(1);
  agent_.ua_minor = version(2);
  agent_.ua_patch = version(3);
}

void UserAgentReader::read_os() {
  const size_t found = index_.find(RuleList::os);
  if (found == kNoRule) return;
  const Rule& rule = rules_.rules()[found];
  agent_.os_family = unless_other(replaced(rule.texts[0], 1));
  agent_.os_major = replaced(rule.texts[1], 2);
  agent_.os_minor = replaced(rule.texts[2], 3);
  agent_.os_patch = replaced(rule.texts[3], 4);
}

void UserAgentReader::read_device() {
  const size_t found = index_.find(RuleList::device);
  if (found == kNoRule) return;
  const Rule& rule = rules_.rules()[found];
  agent_.device_family = unless_other(replaced(rule.texts[0], 1));
  agent_.device_brand = replaced(rule.texts[1], 0);
  agent_.device_model = replaced(rule.texts[2], 1);
}

void UserAgentReader::read_bot() {
  const BotMatch bot = find_bot(index_, rules_, text_);
  agent_.is_bot = bot.is_bot;
  if (!bot.is_bot) return;
  agent_.bot_name = bot.name.empty() ? characters(bot.from, bot.to) : bot.name;
  if (agent_.bot_name.empty()) agent_.bot_name = agent_.ua_family;
}

void UserAgentReader::reconcile(const ClientHints& hints) {
  reconcile_os(hints);
  reconcile_browser(hints);
  const std::string_view model = hint_text(hints.model);
  if (!model.empty()) reconcile_device(model);
}

void UserAgentReader::reconcile_browser(const ClientHints& hints) {
  const HintedBrand brand = hinted_brand(hints);
  if (brand.family.empty()) return;
  const bool is_chrome = brand.family == "Chrome" || brand.family == "Chromium";
  if (is_chrome ? agent_.ua_family.empty() : says_only_chrome(agent_.ua_family)) {
    agent_.ua_family = brand.family;
  }
  const bool names_it = agent_.ua_family == brand.family ||
                        (is_chrome && says_only_chrome(agent_.ua_family)) ||
                        (brand.family == "Edge" && agent_.ua_family == "Edge Mobile");
  if (!names_it || brand.version.major.empty()) return;
  if (brand.version.minor.empty() && agent_.ua_major == brand.version.major) return;
  agent_.ua_major = brand.version.major;
  agent_.ua_minor = brand.version.minor;
  agent_.ua_patch = brand.version.patch;
}

void UserAgentReader::reconcile_os(const ClientHints& hints) {
  const HintedOs os = hinted_os(hints);
  if (os.family.empty()) return;
  // A string that names a Linux by its distribution says more.
  if (os.family == "Linux" && !agent_.os_family.empty() && agent_.os_family != "Android") return;
  const bool same = agent_.os_family == os.family;
  if (same && os.version.major.empty()) return;
  agent_.os_family = os.family;
  agent_.os_major = os.version.major;
  agent_.os_minor = os.version.minor;
  agent_.os_patch = os.version.patch;
}

void UserAgentReader::reconcile_device(std::string_view model) {
  const size_t from = used_;
  append("Mozilla/5.0 (Linux; Android 10; ", from);
  append(model, from);
  append(") AppleWebKit/537.36 (KHTML, like Gecko) Chrome/100.0.0.0 Mobile Safari/537.36", from);
  const std::string_view text = kept(from);
  // Results so far may be views of text_.
  model_text_.prepare(text);
  index_.scan(model_text_);
  const size_t found = index_.find(RuleList::device);
  std::string_view family = model;
  std::string_view brand;
  std::string_view name = model;
  if (found != kNoRule) {
    const Rule& rule = rules_.rules()[found];
    family = unless_other(replaced(rule.texts[0], 1));
    brand = replaced(rule.texts[1], 0);
    name = replaced(rule.texts[2], 1);
  }
  agent_.device_family = family;
  agent_.device_brand = brand;
  agent_.device_model = name;
}

// The characters of the text under the rules.
std::string_view UserAgentReader::characters(size_t from, size_t to) {
  const AgentText& text = index_.text();
  if (text.is_plain()) return text.slice(from, std::min(to, from + kAgentFieldBytesMax));
  const size_t start = used_;
  const size_t room = std::min(kBufferBytes - used_, kAgentFieldBytesMax);
  used_ += text.copy(from, to, buffer_.data() + used_, room);
  return kept(start);
}

std::string_view UserAgentReader::group(size_t index) {
  const RuleMatcher::Group group = index_.matcher().group(index);
  return characters(group.from, group.to);
}

// A text of the rules with its groups filled in, or the group that stands for an absent one.
std::string_view UserAgentReader::replaced(size_t text_number, size_t group_number) {
  if (text_number == 0) return group_number == 0 ? std::string_view{} : group(group_number);
  const std::string_view pattern = rules_.text(text_number);
  if (pattern == "$1") return trim_blanks(group(1));
  return trim_blanks(filled(pattern, 9));
}

// Puts groups where `pattern` names them; those above `groups_max` stay as they are written.
std::string_view UserAgentReader::filled(std::string_view pattern, size_t groups_max) {
  size_t dollar = pattern.find('$');
  if (dollar == std::string_view::npos) return pattern;
  const size_t from = used_;
  size_t at = 0;
  for (; dollar != std::string_view::npos; dollar = pattern.find('$', dollar + 1)) {
    if (dollar + 1 == pattern.size() || !is_digit(pattern[dollar + 1])) continue;
    const auto index = static_cast<size_t>(pattern[dollar + 1] - '0');
    if (index > groups_max) continue;
    append(pattern.substr(at, dollar - at), from);
    const RuleMatcher::Group group = index_.matcher().group(index);
    const size_t room = std::min(kBufferBytes, from + kAgentFieldBytesMax) - used_;
    used_ += index_.text().copy(group.from, group.to, buffer_.data() + used_, room);
    at = dollar + 2;
  }
  append(pattern.substr(at), from);
  return kept(from);
}

std::string_view UserAgentReader::kept(size_t from) {
  return {buffer_.data() + from, used_ - from};
}

// Appends to the field that begins at `from`, up to a field's bound.
void UserAgentReader::append(std::string_view piece, size_t from) {
  const size_t room = std::min(kBufferBytes, from + kAgentFieldBytesMax) - used_;
  piece = utf8_prefix(piece, room);
  std::memcpy(buffer_.data() + used_, piece.data(), piece.size());
  used_ += piece.size();
}

}  // namespace edgehose
