#include "shared/enrich/campaign.h"

#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

using namespace edgehose;

namespace {
using Values = std::array<std::string, Campaign::kFields>;
}

TEST_CASE("campaign: the utm parameters of a query become its fields") {
  const std::vector<std::pair<std::string, Values>> cases = {
      {"", {}},
      {"a=1&b=2", {}},
      {"utm_source=s&utm_medium=m&utm_campaign=c&utm_term=t&utm_content=x",
       {"s", "m", "c", "t", "x"}},
      {"q=1&utm_term=b%20c+d&z", {"", "", "", "b c d", ""}},
      {"utm_source=%E6%9D%B1%E4%BA%AC", {"\xe6\x9d\xb1\xe4\xba\xac", "", "", "", ""}},
      {"utm_source=first&utm_source=second", {"first", "", "", "", ""}},
      {"utm_source=&utm_source=second", {"second", "", "", "", ""}},
      {"utm_source", {}},
      {"utm_source=", {}},
      {"utm_sourcery=x&xutm_source=y", {}},
      {"utm_source=a=b", {"a=b", "", "", "", ""}},
      {"&&utm_source=a&&", {"a", "", "", "", ""}},
      {"utm_source=%ff&utm_medium=ok", {"", "ok", "", "", ""}},
      {"UTM_SOURCE=x", {}},
  };
  for (const auto& [query, values] : cases) {
    CAPTURE(query);
    CHECK(read_campaign(query).values == values);
  }
}

TEST_CASE("campaign: the names of its fields are those of the delivered line") {
  CHECK(Campaign::kNames[0] == "campaign_source");
  CHECK(Campaign::kNames[2] == "campaign_name");
}
