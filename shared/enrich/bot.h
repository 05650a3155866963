// Whether a user agent is a program's that walks the web, and which.
#pragma once

#include <string_view>

#include "shared/enrich/agent_text.h"
#include "shared/enrich/rule_index.h"

namespace edgehose {

struct BotMatch {
  bool is_bot = false;
  // The characters of the name in the text, or a name of its own; both empty where only isbot
  // knows the bot.
  size_t from = 0;
  size_t to = 0;
  std::string_view name;
};

// A bot is what a pattern of crawler-user-agents or of isbot finds in the scanned text. Its name is
// what the first pattern of crawler-user-agents, in its order, matched, without what is no letter
// or digit at both ends ("Googlebot/" -> "Googlebot"); where a pattern may match without bound
// ("ContextualBot.*outcomes.net"), the longest fixed text of the pattern.
[[nodiscard]] BotMatch find_bot(RuleIndex& index, const RuleSet& rules, const AgentText& text);

}  // namespace edgehose
