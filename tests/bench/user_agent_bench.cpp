// Reads user agents, one a line, and prints the nanoseconds that each takes and a hash of what was
// read: user_agent_bench [RULES.bin] [ROUNDS] <agents. ROUNDS 0 prints the results instead, as
// fields between tabs.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "shared/enrich/user_agent.h"

namespace {

using edgehose::UserAgent;
using edgehose::UserAgentReader;

std::vector<std::string_view> fields_of(const UserAgent& agent) {
  return {agent.ua_family,     agent.ua_major,     agent.ua_minor,     agent.ua_patch,
          agent.os_family,     agent.os_major,     agent.os_minor,     agent.os_patch,
          agent.device_family, agent.device_brand, agent.device_model, agent.is_bot ? "bot" : "",
          agent.bot_name};
}

void print(UserAgentReader& reader, const std::vector<std::string>& agents) {
  for (const std::string& agent : agents) {
    for (const std::string_view field : fields_of(reader.read(agent))) std::cout << field << '\t';
    std::cout << reader.steps() << '\n';
  }
}

uint64_t hash_of(UserAgentReader& reader, const std::vector<std::string>& agents) {
  uint64_t hash = 14695981039346656037u;
  for (const std::string& agent : agents) {
    for (const std::string_view field : fields_of(reader.read(agent))) {
      for (const char c : field) hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211u;
      hash = (hash ^ 0xffu) * 1099511628211u;
    }
  }
  return hash;
}

void measure(UserAgentReader& reader, const std::vector<std::string>& agents, int rounds) {
  std::vector<double> ns;
  size_t sum = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (const std::string& agent : agents) sum += reader.read(agent).device_family.size();
    const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
    ns.push_back(spent.count() / static_cast<double>(std::max<size_t>(agents.size(), 1)));
  }
  std::sort(ns.begin(), ns.end());
  std::printf("agents %zu, ns each: median %.0f, least %.0f, most %.0f; hash %016llx (%zu)\n",
              agents.size(), ns[ns.size() / 2], ns.front(), ns.back(),
              static_cast<unsigned long long>(hash_of(reader, agents)), sum);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<uint8_t> file;
  int at = 1;
  if (at < argc && std::string_view(argv[at]).ends_with(".bin")) {
    std::ifstream in(argv[at++], std::ios::binary);
    file.assign(std::istreambuf_iterator<char>(in), {});
    if (file.empty()) return std::fprintf(stderr, "no rules in %s\n", argv[at - 1]), 1;
  }
  const int rounds = at < argc ? std::atoi(argv[at]) : 7;
  std::vector<std::string> agents;
  for (std::string line; std::getline(std::cin, line);) agents.push_back(line);
  UserAgentReader reader(file.empty() ? edgehose::user_agent_rules()
                                      : std::span<const uint8_t>(file));
  if (rounds == 0) {
    print(reader, agents);
  } else {
    measure(reader, agents, rounds);
  }
  return 0;
}
