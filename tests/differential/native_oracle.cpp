// Answers questions about the core, one a line (README.md).
#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>

#include "shared/base/base64.h"
#include "tests/differential/verbs.h"

namespace {

using namespace edgehose;
using namespace edgehose::differential;

struct NamedVerb {
  std::string_view name;
  Verb verb;
};

constexpr std::array kVerbs = {
    NamedVerb{"base64", ask_base64},
    NamedVerb{"base64_decode", ask_base64_decode},
    NamedVerb{"hmac", ask_hmac},
    NamedVerb{"is_uuid", ask_is_uuid},
    NamedVerb{"json", ask_json},
    NamedVerb{"json_walk", ask_json_walk},
    NamedVerb{"nlohmann", ask_nlohmann},
    NamedVerb{"schema", ask_schema},
    NamedVerb{"sha256", ask_sha256},
    NamedVerb{"url", ask_url},
    NamedVerb{"user_agent", ask_user_agent},
    NamedVerb{"uuid", ask_uuid},
};

std::string_view take_word(std::string_view& line) {
  const size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

bool answer(std::string_view line) {
  const std::string_view name = take_word(line);
  const auto* found = std::find_if(kVerbs.begin(), kVerbs.end(),
                                   [name](const NamedVerb& known) { return known.name == name; });
  if (found == kVerbs.end()) return false;
  Fields in;
  while (!line.empty()) {
    const std::string_view word = take_word(line);
    std::string& text = in.emplace_back();
    if (word != "-" && !base64_decode(word, text)) return false;
  }
  Fields out;
  found->verb(in, out);
  std::string text;
  for (const std::string& one : out) {
    if (!text.empty()) text.push_back(' ');
    one.empty() ? text.push_back('-') : base64_append(text, one);
  }
  std::cout << text << '\n';
  return true;
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) {
    if (answer(line)) continue;
    std::cerr << "differential_oracle: no such question: " << line.substr(0, 200) << '\n';
    return 1;
  }
  return 0;
}
