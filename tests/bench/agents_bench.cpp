// The native side of the user agent benchmark: agents_bench AGENTS, a file of one agent a line;
// then a command a line on standard input, as core_bench.cpp: "run N" reads N agents and prints the
// nanoseconds.
#include <chrono>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "shared/enrich/user_agent.h"

int main(int count, char** values) {
  if (count != 2) {
    std::cerr << "usage: agents_bench AGENTS\n";
    return 2;
  }
  std::ifstream file(values[1]);
  std::vector<std::string> agents;
  for (std::string line; std::getline(file, line);) agents.push_back(line);
  edgehose::UserAgentReader reader;
  size_t next = 0;
  size_t bytes = 0;
  std::string command;
  for (size_t runs = 0; std::cin >> command >> runs;) {
    const auto start = std::chrono::steady_clock::now();
    for (size_t i = 0; i < runs; ++i) {
      const edgehose::UserAgent& agent = reader.read(agents[next], {});
      bytes += agent.ua_family.size() + agent.os_family.size() + agent.device_family.size();
      next = next + 1 == agents.size() ? 0 : next + 1;
    }
    const auto spent = std::chrono::steady_clock::now() - start;
    std::cout << std::chrono::duration_cast<std::chrono::nanoseconds>(spent).count() << std::endl;
  }
  return bytes == 0;
}
