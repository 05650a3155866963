#include "shared/enrich/rule_set.h"

#include <catch2/catch.hpp>

using namespace edgehose;

TEST_CASE("rule set: the build's table holds every published list") {
  const RuleSet set(user_agent_rules());
  CHECK(set.end(RuleList::user_agent) - set.begin(RuleList::user_agent) == 350);
  CHECK(set.end(RuleList::os) - set.begin(RuleList::os) == 197);
  CHECK(set.end(RuleList::device) - set.begin(RuleList::device) == 628);
  CHECK(set.end(RuleList::crawler) - set.begin(RuleList::crawler) == 1500);
  CHECK(set.end(RuleList::isbot) - set.begin(RuleList::isbot) > 150);
  CHECK(set.end(RuleList::isbot) == set.rules().size());
}

TEST_CASE("rule set: nearly every rule has a trigger") {
  const RuleSet set(user_agent_rules());
  size_t without = 0;
  for (const Rule& rule : set.rules()) without += rule.triggered ? 0 : 1;
  CHECK(without < 40);
}
