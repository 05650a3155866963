#include "shared/enrich/campaign.h"

#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

using namespace edgehose;

namespace {

using Values = std::array<std::string, Campaign::kFields>;

Values values_of(const std::string& query) {
  std::string scratch;
  Campaign campaign;
  read_campaign(query, scratch, campaign);
  Values values;
  for (size_t i = 0; i < values.size(); ++i) values[i] = campaign.values[i];
  return values;
}

}  // namespace

TEST_CASE("campaign: the utm parameters of a query become its fields") {
  const std::vector<std::pair<std::string, Values>> cases = {
      {"", {}},
      {"a=1&b=2", {}},
      {"utm_source=s&utm_medium=m&utm_campaign=c&utm_term=t&utm_content=x",
       {"s", "m", "c", "t", "x"}},
      {"q=1&utm_term=b%20c+d&z", {"", "", "", "b c d", ""}},
      {"utm_source=%E6%9D%B1%E4%BA%AC", {"\xe6\x9d\xb1\xe4\xba\xac", "", "", "", ""}},
      {"utm_source=\xe6\x9d\xb1", {"\xe6\x9d\xb1", "", "", "", ""}},
      {"utm_source=\xe6\x9d", {}},
      {"utm_source=first&utm_source=second", {"first", "", "", "", ""}},
      {"utm_source=&utm_source=second", {"second", "", "", "", ""}},
      {"utm_source=%ff&utm_source=second", {"second", "", "", "", ""}},
      {"utm_source", {}},
      {"utm_source=", {}},
      {"utm_=x&=y&utm_sourcery=x&xutm_source=y", {}},
      {"utm_source=a=b", {"a=b", "", "", "", ""}},
      {"&&utm_source=a&&", {"a", "", "", "", ""}},
      {"utm_source=%ff&utm_medium=ok", {"", "ok", "", "", ""}},
      {"utm_source=a%20b&utm_medium=c%20d&utm_campaign=e+f", {"a b", "c d", "e f", "", ""}},
      {"UTM_SOURCE=x", {}},
  };
  for (const auto& [query, values] : cases) {
    CAPTURE(query);
    CHECK(values_of(query) == values);
  }
}

TEST_CASE("campaign: a click id is kept with the name of its parameter") {
  struct Case {
    std::string query;
    std::string click_id;
    std::string kind;
  };
  const std::vector<Case> cases = {
      {"gclid=Cj0KCQ", "Cj0KCQ", "gclid"},
      {"a=b&fbclid=IwAR0_x-y&utm_source=s", "IwAR0_x-y", "fbclid"},
      {"fbclid=f&gclid=g", "f", "fbclid"},
      {"gclid=&wbraid=w", "w", "wbraid"},
      {"gclid=%ff&msclkid=m", "m", "msclkid"},
      {"li_fat_id=a%2Db", "a-b", "li_fat_id"},
      {"ScCid=x", "x", "ScCid"},
      {"gclidx=1&xgclid=2&GCLID=3&gclid", "", ""},
      {"", "", ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.query);
    std::string scratch;
    Campaign campaign;
    read_campaign(c.query, scratch, campaign);
    CHECK(campaign.click_id == c.click_id);
    CHECK(campaign.click_id_kind == c.kind);
  }
}

TEST_CASE("campaign: every kind of click id is read") {
  for (std::string_view kind : click_id_kinds()) {
    const std::string query = "x=1&" + std::string(kind) + "=a%20b";
    std::string scratch;
    Campaign campaign;
    read_campaign(query, scratch, campaign);
    CHECK(campaign.click_id_kind == kind);
    CHECK(campaign.click_id == "a b");
  }
}

TEST_CASE("campaign: what was read before leaves nothing behind") {
  std::string scratch;
  Campaign campaign;
  const std::string first = "utm_source=a%20b&gclid=c";
  read_campaign(first, scratch, campaign);
  read_campaign("x=1", scratch, campaign);
  CHECK(campaign.values[0].empty());
  CHECK(campaign.click_id.empty());
  CHECK(campaign.click_id_kind.empty());
}
