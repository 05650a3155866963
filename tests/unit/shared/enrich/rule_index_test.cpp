#include "shared/enrich/rule_index.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace edgehose;

namespace {

// The first rule that matches by trying every rule at every place, without triggers.
size_t find_slowly(const RuleSet& set, const AgentText& text, RuleList list) {
  static RuleMatcher matcher;
  matcher.begin(text, set.classes());
  for (size_t i = set.begin(list); i < set.end(list); ++i) {
    const Rule& rule = set.rules()[i];
    for (size_t at = 0; at <= text.size() && at <= rule.start_max; ++at) {
      matcher.begin(text, set.classes());
      if (matcher.match(rule.code, rule.folded, at)) return i;
    }
  }
  return kNoRule;
}

}  // namespace

TEST_CASE("rule index: finds the rule that trying all of them finds") {
  RuleSet set(user_agent_rules());
  RuleIndex index(set);
  AgentText text;
  const std::vector<std::string> agents = {
      "",
      "a",
      "ab",
      "|",
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
      "Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0",
      "Mozilla/5.0 (Linux; U; Android 2.1-update1; de-at; ZTE-BLADE Build/ERE27) "
      "AppleWebKit/530.17 (KHTML, like Gecko) Version/4.0 Mobile Safari/530.17",
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
      "Gecko) GSA/375.0 Mobile/15E148 Safari/604.1",
      "libcurl-agent/1.0",
      "Lijit Crawler (+http://www.lijit.com/robot/crawler)",
      "8bo Crawler Bot",
      "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
      "ab;cd; e;",
      "com.example.app 1.0 @ab.c",
      "wget",
      "x|y",
      "Mozilla/5.0 (compatible)",
      "Mozilla/5.0 (compatible; heritrix/2.0.2 +http://example.com)",
      "Mozilla/5.0 (Linux; Android 9; HTC One Build/PKQ1) Version/4.0 Chrome/80.0.3987.99",
  };
  for (const std::string& agent : agents) {
    text.prepare(agent);
    index.scan(text);
    for (const RuleList list : {RuleList::user_agent, RuleList::os, RuleList::device,
                                RuleList::crawler, RuleList::isbot}) {
      INFO(agent << " in list " << static_cast<int>(list));
      CHECK(index.find(list) == find_slowly(set, text, list));
    }
  }
}
