// Any agent and any hints give valid text of bounded length within the bound of steps, and the same
// text again.
#include "shared/enrich/user_agent.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

namespace {

std::string check_agent(const UserAgent& agent) {
  std::string all;
  for (const std::string_view field :
       {agent.ua_family, agent.ua_major, agent.ua_minor, agent.ua_patch, agent.os_family,
        agent.os_major, agent.os_minor, agent.os_patch, agent.device_family, agent.device_brand,
        agent.device_model, agent.bot_name}) {
    check(is_utf8(field), "a field is valid text");
    check(field.size() <= kAgentFieldBytesMax, "a field is bounded");
    all += field;
    all += '\n';
  }
  check(agent.bot_name.empty() || agent.is_bot, "only bots have a bot's name");
  return all;
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static UserAgentReader reader;
  const std::string text = text_of(data, size);
  std::string_view rest = text;
  ClientHints hints;
  std::string_view* const values[] = {&hints.brands,   &hints.full_version_list,
                                      &hints.platform, &hints.platform_version,
                                      &hints.model,    &hints.mobile};
  // Lines: the agent, then the hints.
  const auto take_line = [&rest] {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
  };
  const std::string_view agent = take_line();
  for (std::string_view* value : values) *value = take_line();
  const std::string once = check_agent(reader.read(agent, hints));
  check(reader.steps() < 2 * kRuleStepsMax, "steps are bounded");
  check(check_agent(reader.read(agent, hints)) == once, "the same agent reads the same");
  return 0;
}
