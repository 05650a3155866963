#include "shared/enrich/user_agent.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "shared/base/text.h"

using namespace edgehose;

namespace {

const std::string kWindows =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/138.0.0.0 Safari/537.36";
const std::string kAndroid =
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 "
    "Mobile Safari/537.36";

std::string text_of(const UserAgent& agent) {
  std::string text;
  for (const std::string_view field :
       {agent.ua_family, agent.ua_major, agent.ua_minor, agent.ua_patch, agent.os_family,
        agent.os_major, agent.os_minor, agent.os_patch, agent.device_family, agent.device_brand,
        agent.device_model}) {
    if (!text.empty()) text += '|';
    text += field.empty() ? std::string_view("-") : field;
  }
  return text;
}

}  // namespace

TEST_CASE("user agent: uap-core's values, without its Other") {
  UserAgentReader reader;
  CHECK(text_of(reader.read(kWindows)) == "Chrome|138|0|0|Windows|10|-|-|-|-|-");
  CHECK(text_of(reader.read("Mozilla/5.0 (Linux; Android 13; SM-A536B Build/TP1A.220624.014) "
                            "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.43 Mobile "
                            "Safari/537.36")) ==
        "Chrome Mobile|120|0|6099|Android|13|-|-|Samsung SM-A536B|Samsung|SM-A536B");
  CHECK(text_of(reader.read("")) == "-|-|-|-|-|-|-|-|-|-|-");
}

TEST_CASE("user agent: hints say what a reduced agent leaves out") {
  UserAgentReader reader;
  ClientHints hints;
  hints.brands = R"("Not)A;Brand";v="8", "Chromium";v="138", "Google Chrome";v="138")";
  CHECK(text_of(reader.read(kWindows, hints)) == "Chrome|138|0|0|Windows|10|-|-|-|-|-");
  hints.platform = R"("Windows")";
  CHECK(text_of(reader.read(kWindows, hints)) == "Chrome|138|0|0|Windows|10|-|-|-|-|-");
  hints.platform_version = R"("15.0.0")";
  hints.full_version_list = R"("Google Chrome";v="138.0.7204.119")";
  CHECK(text_of(reader.read(kWindows, hints)) == "Chrome|138|0|7204|Windows|11|-|-|-|-|-");
  hints.full_version_list = R"("Brave";v="138.1.2.3")";
  CHECK(text_of(reader.read(kWindows, hints)) == "Brave|138|1|2|Windows|11|-|-|-|-|-");
}

TEST_CASE("user agent: a model is read by the rules") {
  UserAgentReader reader;
  ClientHints hints;
  hints.platform = R"("Android")";
  hints.platform_version = R"("14.0.0")";
  hints.model = R"("SM-S918B")";
  hints.full_version_list = R"("Google Chrome";v="138.0.7204.63", "Chromium";v="138.0.7204.63")";
  CHECK(text_of(reader.read(kAndroid, hints)) ==
        "Chrome Mobile|138|0|7204|Android|14|-|-|Samsung SM-S918B|Samsung|SM-S918B");
  hints.model = R"("Pixel 8")";
  CHECK(reader.read(kAndroid, hints).device_model == "Pixel 8");
}

TEST_CASE("user agent: a family that the string names itself stays") {
  UserAgentReader reader;
  ClientHints hints;
  hints.full_version_list = R"("Chromium";v="138.0.1.2", "Microsoft Edge";v="138.0.3351.83")";
  CHECK(text_of(reader.read(kWindows + " Edg/138.0.0.0", hints)) ==
        "Edge|138|0|3351|Windows|10|-|-|-|-|-");
  hints.full_version_list = R"("Google Chrome";v="138.0.1.2")";
  CHECK(text_of(reader.read(kWindows + " Edg/138.0.0.0", hints)) ==
        "Edge|138|0|0|Windows|10|-|-|-|-|-");
}

TEST_CASE("user agent: a bot's hints are not read") {
  UserAgentReader reader;
  ClientHints hints;
  hints.platform = R"("Windows")";
  hints.platform_version = R"("15.0.0")";
  const UserAgent& agent = reader.read("Googlebot/2.1 (+http://www.google.com/bot.html)", hints);
  CHECK(agent.is_bot);
  CHECK(agent.os_family.empty());
}

TEST_CASE("user agent: any bytes end in valid text and within the bound of steps") {
  UserAgentReader reader;
  std::vector<std::string> agents = {
      "\xff\xfe\x80", std::string("a\0b", 3), "\xe6\x9d\xb1 (Linux; Android 9; \xe6\x9d) Build/",
      "Mozilla/5.0 (Linux; Android 9; \xe6\x9d\xb1\xe4\xba\xac Build/1) AppleWebKit/1"};
  for (const std::string_view piece :
       {"a", ";", "; ", "Bot ", "/1.", "[FB", "Mozilla ", "Android 9; ", "bot/1.", "Nokia",
        "; A1 Build", "HTC_", "\xe6\x9d\xb1"}) {
    std::string agent;
    while (agent.size() < kUserAgentBytesMax + 10) agent += piece;
    agents.push_back(agent);
  }
  for (const std::string& agent : agents) {
    const std::string text = text_of(reader.read(agent));
    CHECK(is_utf8(text));
    CHECK(text.size() < 13 * kAgentFieldBytesMax);
    CHECK(reader.steps() < kRuleStepsMax + static_cast<int32_t>(2 * kUserAgentBytesMax));
  }
}
