#include "shared/collect/agent_cache.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string>

using namespace edgehose;

TEST_CASE("agent_cache: what it gives is what was stored under exactly that key") {
  std::mt19937_64 random(1);
  AgentCache cache(64);
  std::map<std::string, std::string> stored;
  size_t found = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string key =
        "agent " + std::to_string(random() % 100) + std::string(random() % 3, ' ');
    const std::string_view fragment = cache.find(key);
    if (fragment.data() != nullptr) {
      REQUIRE(fragment == stored[key]);
      ++found;
    } else {
      stored[key] = key + " fragment " + std::to_string(i);
      cache.store(key, stored[key]);
    }
  }
  CHECK(found > 0);
}

TEST_CASE("agent_cache: without entries, and for what is too long, it keeps nothing") {
  AgentCache none(0);
  none.store("a", "1");
  CHECK(none.find("a").data() == nullptr);
  AgentCache cache(4);
  const std::string long_key(AgentCache::kKeyBytesMax + 1, 'k');
  cache.store(long_key, "1");
  CHECK(cache.find(long_key).data() == nullptr);
  cache.store("b", std::string(AgentCache::kFragmentBytesMax + 1, 'f'));
  CHECK(cache.find("b").data() == nullptr);
  cache.store("c", "3");
  CHECK(cache.find("c") == "3");
}
