#include "simulator/http/s3_notification_xml.h"

#include "shared/base/text.h"
#include "simulator/http/s3_xml.h"
#include "simulator/http/xml_reader.h"

namespace edgehose {
namespace {

AwsError malformed() {
  return {"MalformedXML",
          "The XML you provided was not well-formed or did not validate against our published "
          "schema"};
}

AwsError not_modelled(const std::string& what) {
  return {"NotImplemented",
          what +
              " is not modelled by this simulator: notifications go to "
              "standard queues.",
          501};
}

std::optional<AwsError> read_filter(const XmlElement& filter, NotificationRule& rule) {
  for (const XmlElement& key : filter.children) {
    if (key.name != "S3Key") return malformed();
    for (const XmlElement& entry : key.children) {
      std::string name(trim(entry.child_text("Name")));
      for (char& c : name) c = to_lower(c);
      if (entry.name != "FilterRule" || (name != "prefix" && name != "suffix")) {
        return AwsError{"InvalidArgument", "filter rule name must be either prefix or suffix"};
      }
      (name == "prefix" ? rule.prefix : rule.suffix) = entry.child_text("Value");
    }
  }
  return std::nullopt;
}

Outcome<NotificationRule> read_rule(const XmlElement& element) {
  NotificationRule rule;
  for (const XmlElement& member : element.children) {
    if (member.name == "Id") {
      rule.id = member.text;
    } else if (member.name == "Queue") {
      rule.queue_arn = trim(member.text);
    } else if (member.name == "Event") {
      const std::string event(trim(member.text));
      if (!is_notified_event(event)) return not_modelled("The event " + event);
      rule.events.push_back(event);
    } else if (member.name == "Filter") {
      if (auto error = read_filter(member, rule)) return *error;
    } else {
      return malformed();
    }
  }
  if (rule.queue_arn.empty() || rule.events.empty()) return malformed();
  return rule;
}

}  // namespace

Outcome<std::vector<NotificationRule>> read_notification_rules(std::string_view xml) {
  const auto root = read_xml(xml);
  if (!root || root->name != "NotificationConfiguration") return malformed();
  std::vector<NotificationRule> rules;
  for (const XmlElement& element : root->children) {
    if (element.name == "TopicConfiguration" || element.name == "CloudFunctionConfiguration" ||
        element.name == "EventBridgeConfiguration") {
      return not_modelled(element.name);
    }
    if (element.name != "QueueConfiguration" || rules.size() == kNotificationRulesMax) {
      return malformed();
    }
    auto rule = read_rule(element);
    if (!rule) return rule.error();
    rules.push_back(std::move(rule.value()));
  }
  return rules;
}

std::string notification_rules_xml(const std::vector<NotificationRule>& rules) {
  std::string xml = open_root("NotificationConfiguration");
  for (const NotificationRule& rule : rules) {
    xml.append("<QueueConfiguration>");
    append_element(xml, "Id", rule.id);
    append_element(xml, "Queue", rule.queue_arn);
    for (const std::string& event : rule.events) append_element(xml, "Event", event);
    if (!rule.prefix.empty() || !rule.suffix.empty()) {
      xml.append("<Filter><S3Key>");
      for (const auto& [name, value] :
           {std::pair<const char*, const std::string&>{"Prefix", rule.prefix},
            {"Suffix", rule.suffix}}) {
        if (value.empty()) continue;
        xml.append("<FilterRule>");
        append_element(xml, "Name", name);
        append_element(xml, "Value", value);
        xml.append("</FilterRule>");
      }
      xml.append("</S3Key></Filter>");
    }
    xml.append("</QueueConfiguration>");
  }
  return xml.append("</NotificationConfiguration>");
}

}  // namespace edgehose
