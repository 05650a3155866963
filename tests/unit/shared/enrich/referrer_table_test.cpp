#include "shared/enrich/referrer_table.h"

#include <catch2/catch.hpp>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "shared/base/text.h"
#include "shared/enrich/referrer.h"

using namespace edgehose;

namespace {

// The table read the slow way: lists of suffixes, and a host or package with its source's line.
struct SlowTable {
  std::vector<std::vector<std::string>> lists;
  std::vector<std::pair<std::string, size_t>> keys;
  size_t sources = 0;
};

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

SlowTable read_table() {
  SlowTable table;
  std::istringstream in{std::string(kReferrerTable)};
  for (std::string line; std::getline(in, line) && !line.empty();) {
    table.lists.push_back(words_of(line));
  }
  for (std::string line; std::getline(in, line); ++table.sources) {
    for (const std::string& key : words_of(line.substr(line.rfind('\t') + 1))) {
      table.keys.emplace_back(key, table.sources);
    }
  }
  return table;
}

std::string url_of(const std::string& key, const std::string& suffix) {
  if (key[0] == '@') return "android-app://" + key.substr(1) + "/";
  const size_t slash = std::min(key.find('/'), key.size());
  const std::string host =
      suffix.empty() ? key.substr(0, slash) : key.substr(0, slash - 1) + suffix;
  return "https://www." + host + key.substr(slash);
}

}  // namespace

TEST_CASE("referrer_table: there are hundreds of sources with thousands of hosts") {
  const SlowTable table = read_table();
  CHECK(table.sources >= 450);
  size_t hosts = 0;
  for (const auto& [key, source] : table.keys) {
    const size_t slash = std::min(key.find('/'), key.size());
    hosts += is_upper(key[slash - 1])
                 ? table.lists.at(static_cast<size_t>(key[slash - 1] - 'A')).size()
                 : 1;
  }
  CHECK(hosts >= 1'500);
}

TEST_CASE("referrer_table: every host leads to the source it stands by") {
  const SlowTable table = read_table();
  ReferrerReader reader;
  CHECK(reader.source_count() == table.sources);
  std::map<size_t, std::string> names;
  for (const auto& [key, source] : table.keys) {
    const size_t slash = std::min(key.find('/'), key.size());
    const bool is_listed = key[0] != '@' && is_upper(key[slash - 1]);
    const std::vector<std::string> none = {""};
    for (const std::string& suffix :
         is_listed ? table.lists.at(static_cast<size_t>(key[slash - 1] - 'A')) : none) {
      CAPTURE(key, suffix);
      const std::string found(reader.read(url_of(key, suffix), "", {}).source);
      REQUIRE_FALSE(found.empty());
      // A host written out may stand before a list's: google.com/ai is another source's.
      if (is_listed) continue;
      const auto [known, is_new] = names.emplace(source, found);
      REQUIRE(known->second == found);
    }
  }
}
