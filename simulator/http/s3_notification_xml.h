// A bucket's notifications as S3's clients write and read them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "simulator/services/aws_error.h"
#include "simulator/services/s3/notifications.h"

namespace edgehose {

inline constexpr size_t kNotificationRulesMax = 100;

// Destinations other than queues, and events that do not happen here, are refused by name.
[[nodiscard]] Outcome<std::vector<NotificationRule>> read_notification_rules(std::string_view xml);
[[nodiscard]] std::string notification_rules_xml(const std::vector<NotificationRule>& rules);

}  // namespace edgehose
