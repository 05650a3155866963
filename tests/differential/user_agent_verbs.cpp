#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shared/enrich/user_agent.h"
#include "tests/differential/verbs.h"

namespace edgehose::differential {
namespace {

// Rules from a file, as the generator writes them.
struct FileReader {
  std::vector<uint8_t> rules;
  std::unique_ptr<UserAgentReader> reader;

  explicit FileReader(const std::string& path) {
    if (path.empty()) {
      reader = std::make_unique<UserAgentReader>();
      return;
    }
    std::ifstream in(path, std::ios::binary);
    rules.assign(std::istreambuf_iterator<char>(in), {});
    if (!rules.empty()) reader = std::make_unique<UserAgentReader>(rules);
  }
};

}  // namespace

void ask_user_agent(const Fields& in, Fields& out) {
  static std::map<std::string, FileReader> readers;
  const std::string path = field(in, 0);
  UserAgentReader* const reader = readers.try_emplace(path, path).first->second.reader.get();
  if (reader == nullptr) return;
  const std::string text = field(in, 1);
  const UserAgent& agent = reader->read(text);
  for (const std::string_view member :
       {agent.ua_family, agent.ua_major, agent.ua_minor, agent.ua_patch, agent.os_family,
        agent.os_major, agent.os_minor, agent.os_patch, agent.device_family, agent.device_brand,
        agent.device_model, std::string_view(agent.is_bot ? "bot" : ""), agent.bot_name}) {
    out.emplace_back(member);
  }
  out.push_back(std::to_string(reader->steps()));
}

}  // namespace edgehose::differential
