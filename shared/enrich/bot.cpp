#include "shared/enrich/bot.h"

#include "shared/base/text.h"

namespace edgehose {

BotMatch find_bot(RuleIndex& index, const RuleSet& rules, const AgentText& text) {
  BotMatch bot;
  const size_t crawler = index.find(RuleList::crawler);
  if (crawler == kNoRule) {
    bot.is_bot = index.find(RuleList::isbot) != kNoRule;
    return bot;
  }
  bot.is_bot = true;
  const uint16_t name = rules.rules()[crawler].texts[0];
  if (name != 0) {
    bot.name = rules.text(name);
    return bot;
  }
  const auto is_edge = [&](size_t at) { return !is_alnum(static_cast<char>(text.exact()[at])); };
  const RuleMatcher::Group group = index.matcher().group(0);
  bot.from = group.from;
  bot.to = group.to;
  while (bot.from < bot.to && is_edge(bot.from)) ++bot.from;
  while (bot.from < bot.to && is_edge(bot.to - 1)) --bot.to;
  return bot;
}

}  // namespace edgehose
