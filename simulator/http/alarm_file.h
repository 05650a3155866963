// The file of `edgehose up --alarms`:
//
//   {"webhook": "http://127.0.0.1:8080/hook", "webhook_hosts": [],
//    "alarms": [{...as PutMetricAlarm...}]}
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "simulator/http/webhook.h"
#include "simulator/services/cloudwatch/alarm.h"

namespace edgehose {

struct AlarmFile {
  std::optional<WebhookUrl> webhook;
  std::vector<AlarmConfig> alarms;
};
// The file, or what is wrong in it and where.
[[nodiscard]] std::variant<AlarmFile, std::string> read_alarm_file(std::string_view text);

}  // namespace edgehose
