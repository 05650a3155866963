#include "shared/collect/query_event.h"

#include <algorithm>

#include "shared/base/json_scan.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr std::string_view kOwnData = "properties.";

// Digits as JSON takes them for a number: no zero leads others.
bool is_integer(std::string_view value) {
  if (value.empty() || value.size() > 9 || (value.size() > 1 && value.front() == '0')) return false;
  return std::all_of(value.begin(), value.end(), is_digit);
}

void append_member(std::string& object, std::string_view name, std::string_view value) {
  object += object.empty() ? "" : ",";
  json_append_string(object, name);
  object.push_back(':');
  const bool is_count = (name == "screen_width" || name == "screen_height") && is_integer(value);
  if (is_count) {
    object += value;
  } else {
    json_append_string(object, value);
  }
}

}  // namespace

std::string event_from_query(std::string_view query, std::string_view referer) {
  std::string members;
  std::string own;
  bool has_page_url = referer.empty() || !is_utf8(referer);
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    std::string name;
    std::string value;
    append_url_decoded(name, pair.substr(0, equals));
    append_url_decoded(value, pair.substr(std::min(equals + 1, pair.size())));
    if (name.starts_with(kOwnData)) {
      append_member(own, std::string_view(name).substr(kOwnData.size()), value);
    } else {
      append_member(members, name, value);
      has_page_url = has_page_url || name == "page_url";
    }
  }
  if (!has_page_url) append_member(members, "page_url", referer);
  std::string event = "{" + members;
  if (!own.empty()) {
    event += members.empty() ? "" : ",";
    event += "\"properties\":{" + own + "}";
  }
  return event + "}";
}

}  // namespace edgehose
