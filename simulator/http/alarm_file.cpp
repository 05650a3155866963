#include "simulator/http/alarm_file.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "simulator/http/cloudwatch_requests.h"

namespace edgehose {
namespace {

using nlohmann::json;

bool is_text_list(const json& value) {
  if (!value.is_array()) return false;
  for (const json& item : value) {
    if (!item.is_string()) return false;
  }
  return true;
}

// What is wrong, or an empty text.
std::string read_webhook(const json& document, AlarmFile& file) {
  std::vector<std::string> hosts;
  const auto named = document.find("webhook_hosts");
  if (named != document.end()) {
    if (!is_text_list(*named)) return "webhook_hosts: is not a list of names";
    hosts = named->get<std::vector<std::string>>();
  }
  const auto webhook = document.find("webhook");
  if (webhook == document.end()) return "";
  if (!webhook->is_string()) return "webhook: is not a text";
  auto url = read_webhook_url(webhook->get<std::string>(), hosts);
  if (const auto* wrong = std::get_if<std::string>(&url)) return "webhook: " + *wrong;
  file.webhook = std::move(*std::get_if<WebhookUrl>(&url));
  return "";
}

}  // namespace

std::variant<AlarmFile, std::string> read_alarm_file(std::string_view text) {
  const json document = json::parse(text, nullptr, false);
  if (!document.is_object()) return "is not a JSON object";
  for (const auto& [name, value] : document.items()) {
    if (name != "webhook" && name != "webhook_hosts" && name != "alarms") {
      return name + ": there are webhook, webhook_hosts and alarms";
    }
  }
  AlarmFile file;
  std::string wrong = read_webhook(document, file);
  if (!wrong.empty()) return wrong;
  const auto alarms = document.find("alarms");
  if (alarms == document.end() || !alarms->is_array()) return "alarms: is not a list";
  std::set<std::string> names;
  for (size_t i = 0; i < alarms->size(); ++i) {
    const std::string place = "alarms[" + std::to_string(i) + "]: ";
    auto alarm = read_put_metric_alarm((*alarms)[i], ScalarForm::typed);
    if (!alarm) return place + alarm.error().message;
    if (!names.insert(alarm.value().name).second) {
      return place + "there is another one named " + alarm.value().name;
    }
    file.alarms.push_back(std::move(alarm.value()));
  }
  if (file.alarms.size() > kAlarmsMax) return "alarms: there are too many";
  return file;
}

}  // namespace edgehose
