#include "simulator/load/collect_answer.h"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>

namespace edgehose {

// A collector that fails an event twice says the same as once; one that leaves events out says
// nothing that a ledger may rest on.
std::optional<CollectAnswer> parse_collect_answer(std::string_view body, uint32_t events) try {
  const nlohmann::json json = nlohmann::json::parse(body);
  CollectAnswer answer;
  answer.accepted = json.at("accepted").get<uint64_t>();
  for (const nlohmann::json& failed : json.value("failed", nlohmann::json::array())) {
    answer.failed.push_back(failed.at("index").get<uint32_t>());
  }
  std::sort(answer.failed.begin(), answer.failed.end());
  answer.failed.erase(std::unique(answer.failed.begin(), answer.failed.end()), answer.failed.end());
  if (!answer.failed.empty() && answer.failed.back() >= events) return std::nullopt;
  if (answer.accepted + answer.failed.size() != events) return std::nullopt;
  return answer;
} catch (const std::exception&) {
  return std::nullopt;
}

}  // namespace edgehose
