#include "simulator/http/query_form.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "shared/base/calendar.h"
#include "shared/base/text.h"
#include "simulator/http/cbor.h"
#include "simulator/http/s3_xml.h"

namespace edgehose {
namespace {

using nlohmann::json;

constexpr size_t kDepthMax = 12;
constexpr size_t kNumberDigitsMax = 6;
constexpr std::string_view kMember = "member";
// The one map in CloudWatch's answers.
constexpr std::string_view kMapMember = "ExtendedStatistics";

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= kNumberDigitsMax &&
         std::all_of(text.begin(), text.end(), is_digit);
}

bool put(json& document, std::string_view path, std::string value) {
  json* at = &document;
  for (size_t depth = 0; depth < kDepthMax; ++depth) {
    const size_t dot = path.find('.');
    const std::string name(path.substr(0, dot));
    if (name.empty() || !at->is_object()) return false;
    json& next = (*at)[name];
    if (dot == std::string_view::npos) {
      if (!next.is_null()) return false;
      next = std::move(value);
      return true;
    }
    if (next.is_null()) next = json::object();
    at = &next;
    path.remove_prefix(dot + 1);
  }
  return false;
}

// {"member": {"1": a, "2": b}} becomes [a, b]. The depth is bounded by put().
json with_lists(json document) {  // NOLINT(misc-no-recursion)
  if (!document.is_object()) return document;
  for (auto& value : document) value = with_lists(std::move(value));
  const auto members = document.find(kMember);
  if (document.size() != 1 || members == document.end() || !members->is_object()) return document;
  std::vector<std::pair<size_t, json*>> numbered;
  for (auto member = members->begin(); member != members->end(); ++member) {
    if (!is_number(member.key())) return document;
    numbered.emplace_back(std::stoul(member.key()), &member.value());
  }
  std::sort(numbered.begin(), numbered.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  json list = json::array();
  for (const auto& [number, value] : numbered) list.push_back(std::move(*value));
  return list;
}

void append_value(std::string& out, std::string_view name,  // NOLINT(misc-no-recursion)
                  const json& value) {
  if (value.is_array()) {
    for (const json& item : value) {
      out += "<member>";
      append_value(out, name, item);
      out += "</member>";
    }
  } else if (value.is_object() && name == kMapMember) {
    for (const auto& [key, item] : value.items()) {
      out += "<entry>";
      append_element(out, "key", key);
      append_element(out, "value", item.dump());
      out += "</entry>";
    }
  } else if (value.is_object()) {
    append_query_xml(out, value);
  } else if (value.is_number() && is_timestamp_member(name)) {
    append_iso_ms(out, std::clamp(static_cast<int64_t>(std::llround(value.get<double>() * 1'000)),
                                  kInstantMsMin, kInstantMsMax));
  } else if (value.is_string()) {
    append_escaped(out, value.get_ref<const std::string&>());
  } else {
    out += value.dump();
  }
}

}  // namespace

std::optional<json> read_query_form(std::string_view body) {
  json document = json::object();
  for (size_t count = 0; !body.empty(); ++count) {
    if (count == kFormParametersMax) return std::nullopt;
    const std::string_view pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(body.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    std::string name;
    std::string value;
    append_url_decoded(name, pair.substr(0, equals));
    if (equals != std::string_view::npos) append_url_decoded(value, pair.substr(equals + 1));
    if (!put(document, name, std::move(value))) return std::nullopt;
  }
  return with_lists(std::move(document));
}

void append_query_xml(std::string& out, const json& document) {  // NOLINT(misc-no-recursion)
  for (const auto& [name, value] : document.items()) {
    out += '<' + name + '>';
    append_value(out, name, value);
    out += "</" + name + '>';
  }
}

}  // namespace edgehose
