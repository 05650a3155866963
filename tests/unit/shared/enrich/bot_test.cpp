#include "shared/enrich/bot.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "shared/enrich/user_agent.h"

using namespace edgehose;

TEST_CASE("bot: the flag and the name") {
  struct Case {
    std::string agent;
    bool is_bot;
    std::string name;
  };
  const std::vector<Case> cases = {
      {"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", true,
       "Googlebot"},
      {"AdsBot-Google (+http://www.google.com/adsbot.html)", true, "AdsBot-Google"},
      {"Wget/1.21", true, "Wget"},
      {"curl/8.0", true, "curl"},
      {"Python/3.11 aiohttp/3.9", true, "aiohttp"},
      // isbot alone knows these.
      {"Mozilla/5.0 (compatible; some archive checker)", true, ""},
      {"somebots_", true, ""},
      // What look-around keeps apart: a telephone's maker, a camera, a library's name.
      {"Mozilla/5.0 (Linux; Android 9; CUBOT) Chrome/99.0 Mobile Safari/537.36", false, ""},
      {"Mozilla/5.0 (Linux; Android 9; xcubot) Chrome/99.0 Mobile Safari/537.36", true, ""},
      {"Mozilla/5.0 (Linux; Android 9; camscan) Safari/537.36", false, ""},
      {"Mozilla/5.0 (Linux; Android 9; Googlewv) Safari/537.36", false, ""},
      {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
       "Chrome/138.0.0.0 Safari/537.36",
       false, ""},
      {"", false, ""},
  };
  UserAgentReader reader;
  for (const Case& one : cases) {
    INFO(one.agent);
    const UserAgent& agent = reader.read(one.agent);
    CHECK(agent.is_bot == one.is_bot);
    if (!one.name.empty()) CHECK(agent.bot_name == one.name);
    if (!one.is_bot) CHECK(agent.bot_name.empty());
  }
}
