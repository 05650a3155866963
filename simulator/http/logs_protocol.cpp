#include "simulator/http/logs_protocol.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "simulator/http/firehose_protocol.h"

namespace edgehose {
namespace {

using nlohmann::json;

constexpr uint64_t kDescribedMax = 50;
constexpr uint64_t kEventsMax = 10'000;

AwsError invalid(const std::string& message) { return {"InvalidParameterException", message, 400}; }

// The text of a member, empty where there is none; an error where it is no text.
Outcome<std::string> text_of(const json& request, const char* name) {
  const auto found = request.find(name);
  if (found == request.end() || found->is_null()) return std::string();
  if (!found->is_string()) return invalid(std::string(name) + " is not a text");
  return found->get<std::string>();
}

Outcome<uint64_t> number_of(const json& request, const char* name, uint64_t least, uint64_t most,
                            uint64_t without) {
  const auto found = request.find(name);
  if (found == request.end() || found->is_null()) return without;
  const uint64_t number = found->is_number_unsigned() ? found->get<uint64_t>() : most + 1;
  if (number < least || number > most) {
    return invalid(std::string(name) + " is not a number from " + std::to_string(least) + " to " +
                   std::to_string(most));
  }
  return number;
}

// A page holds one entry at least: its last one is where the next page begins.
Outcome<uint64_t> limit_of(const json& request, uint64_t most) {
  return number_of(request, "limit", 1, most, most);
}

// A place in a list that a token of ours names: its letter, a slash, digits.
std::optional<uint64_t> read_token(std::string_view token, char letter) {
  if (token.size() < 3 || token[0] != letter || token[1] != '/') return std::nullopt;
  uint64_t place = 0;
  const char* end = token.data() + token.size();
  const auto read = std::from_chars(token.data() + 2, end, place);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return place;
}

// "from <= time < to", both in milliseconds.
struct Span {
  uint64_t from_ms = 0;
  uint64_t to_ms = UINT64_MAX;

  [[nodiscard]] bool has(const LogEvent& event) const {
    const auto time_ms = static_cast<uint64_t>(event.time_ms);
    return time_ms >= from_ms && time_ms < to_ms;
  }
};

Outcome<Span> read_span(const json& request) {
  const auto from = number_of(request, "startTime", 0, INT64_MAX, 0);
  if (!from) return from.error();
  const auto until = number_of(request, "endTime", 0, INT64_MAX, INT64_MAX);
  if (!until) return until.error();
  return Span{from.value(), until.value()};
}

json event_json(const LogEvent& event) {
  return {
      {"timestamp", event.time_ms}, {"message", event.message}, {"ingestionTime", event.time_ms}};
}

// A filter of plain words that are all in the message; AWS's patterns of fields are refused.
Outcome<std::vector<std::string>> read_pattern(const std::string& pattern) {
  std::vector<std::string> terms;
  size_t at = 0;
  while (at < pattern.size()) {
    if (pattern[at] == ' ') {
      ++at;
      continue;
    }
    const bool is_quoted = pattern[at] == '"';
    if (is_quoted) ++at;
    const size_t end = std::min(pattern.find(is_quoted ? '"' : ' ', at), pattern.size());
    const std::string term = pattern.substr(at, end - at);
    const bool is_plain = term.find_first_of("{}[]?%$\\\"") == std::string::npos && term[0] != '-';
    if (term.empty() || (!is_quoted && !is_plain) || (is_quoted && end == pattern.size())) {
      return invalid("filterPattern: this simulator knows words, and texts in quotes");
    }
    terms.push_back(term);
    at = end + (is_quoted ? 1 : 0);
  }
  return terms;
}

bool has_all(const std::string& message, const std::vector<std::string>& terms) {
  return std::all_of(terms.begin(), terms.end(), [&](const std::string& term) {
    return message.find(term) != std::string::npos;
  });
}

}  // namespace

LogsProtocol::LogsProtocol(std::string region, std::string account)
    : arn_prefix_("arn:aws:logs:" + std::move(region) + ":" + std::move(account) + ":log-group:") {}

void LogsProtocol::write(const std::string& log_group, const std::string& log_stream,
                         int64_t now_ms, std::string message) {
  const std::lock_guard lock(mutex_);
  store_.put(log_group, log_stream, now_ms, std::move(message));
}

HttpResponse LogsProtocol::handle(std::string_view operation, const std::string& body) {
  const json request = json::parse(body, nullptr, false);
  if (!request.is_object()) {
    return json_error({"SerializationException", "The body is not a JSON object.", 400});
  }
  const std::lock_guard lock(mutex_);
  const auto reply = dispatch(operation, request);
  if (!reply) return json_error(reply.error());
  return {.status = 200,
          .headers = {{"Content-Type", "application/x-amz-json-1.1"}},
          .body = reply.value().dump(-1, ' ', false, json::error_handler_t::replace)};
}

Outcome<json> LogsProtocol::dispatch(std::string_view operation, const json& request) const {
  if (operation == "DescribeLogGroups") return describe_groups(request);
  if (operation == "DescribeLogStreams") return describe_streams(request);
  if (operation == "GetLogEvents") return get_events(request);
  if (operation == "FilterLogEvents") return filter_events(request);
  return AwsError{
      "UnknownOperationException",
      "CloudWatch Logs is here to read only; there is no operation " + std::string(operation) + ".",
      404};
}

Outcome<const LogStore::Streams*> LogsProtocol::group_of(const json& request) const {
  const auto name = text_of(request, "logGroupName");
  if (!name) return name.error();
  if (name.value().empty()) return invalid("logGroupName is missing");
  const auto found = store_.groups().find(name.value());
  if (found == store_.groups().end()) {
    return AwsError{"ResourceNotFoundException", "The specified log group does not exist.", 400};
  }
  return &found->second;
}

Outcome<json> LogsProtocol::describe_groups(const json& request) const {
  const auto prefix = text_of(request, "logGroupNamePrefix");
  if (!prefix) return prefix.error();
  const auto limit = limit_of(request, kDescribedMax);
  if (!limit) return limit.error();
  const auto token = text_of(request, "nextToken");
  if (!token) return token.error();
  json groups = json::array();
  for (auto found = store_.groups().upper_bound(token.value()); found != store_.groups().end();
       ++found) {
    const auto& [name, streams] = *found;
    if (!name.starts_with(prefix.value())) continue;
    if (groups.size() == limit.value()) {
      const std::string last = groups.back()["logGroupName"];
      return json{{"logGroups", std::move(groups)}, {"nextToken", last}};
    }
    uint64_t bytes = 0;
    int64_t created_ms = INT64_MAX;
    for (const auto& [stream_name, stream] : streams) {
      bytes += stream.bytes;
      created_ms = std::min(created_ms, stream.created_ms);
    }
    groups.push_back({{"logGroupName", name},
                      {"arn", arn_prefix_ + name + ":*"},
                      {"creationTime", created_ms},
                      {"storedBytes", bytes}});
  }
  return json{{"logGroups", std::move(groups)}};
}

Outcome<json> LogsProtocol::describe_streams(const json& request) const {
  const auto group = group_of(request);
  if (!group) return group.error();
  const auto prefix = text_of(request, "logStreamNamePrefix");
  if (!prefix) return prefix.error();
  const auto limit = limit_of(request, kDescribedMax);
  if (!limit) return limit.error();
  const auto token = text_of(request, "nextToken");
  if (!token) return token.error();
  json streams = json::array();
  for (auto found = group.value()->upper_bound(token.value()); found != group.value()->end();
       ++found) {
    const auto& [name, stream] = *found;
    if (!name.starts_with(prefix.value())) continue;
    if (streams.size() == limit.value()) {
      const std::string last = streams.back()["logStreamName"];
      return json{{"logStreams", std::move(streams)}, {"nextToken", last}};
    }
    streams.push_back({{"logStreamName", name},
                       {"creationTime", stream.created_ms},
                       {"firstEventTimestamp", stream.events.front().time_ms},
                       {"lastEventTimestamp", stream.events.back().time_ms},
                       {"lastIngestionTime", stream.events.back().time_ms},
                       {"arn", arn_prefix_ + request["logGroupName"].get<std::string>() +
                                   ":log-stream:" + name}});
  }
  return json{{"logStreams", std::move(streams)}};
}

// Without a token the last events, or with startFromHead the first. A token names the number of an
// event: f/N goes on from it, b/N ends before it. At an end the token that came goes back.
Outcome<json> LogsProtocol::get_events(const json& request) const {
  const auto group = group_of(request);
  if (!group) return group.error();
  const auto name = text_of(request, "logStreamName");
  if (!name) return name.error();
  const auto found = group.value()->find(name.value());
  if (found == group.value()->end()) {
    return AwsError{"ResourceNotFoundException", "The specified log stream does not exist.", 400};
  }
  const auto span = read_span(request);
  if (!span) return span.error();
  const auto limit = limit_of(request, kEventsMax);
  if (!limit) return limit.error();
  const auto token = text_of(request, "nextToken");
  if (!token) return token.error();
  const auto forward = read_token(token.value(), 'f');
  const auto backward = read_token(token.value(), 'b');
  if (!token.value().empty() && !forward && !backward) {
    return invalid("The specified nextToken is invalid.");
  }
  std::vector<const LogEvent*> picked;
  for (const LogEvent& event : found->second.events) {
    const bool is_past = forward ? event.number < *forward : backward && event.number >= *backward;
    if (span.value().has(event) && !is_past) picked.push_back(&event);
  }
  const bool is_from_head =
      forward || (!backward && request.value("startFromHead", json()) == true);
  const size_t count = std::min<size_t>(picked.size(), limit.value());
  if (is_from_head) {
    picked.resize(count);
  } else {
    picked.erase(picked.begin(), picked.end() - static_cast<ptrdiff_t>(count));
  }
  json events = json::array();
  for (const LogEvent* event : picked) events.push_back(event_json(*event));
  const uint64_t written = found->second.written;
  const uint64_t next = !picked.empty() ? picked.back()->number + 1 : forward.value_or(written + 1);
  const uint64_t before = !picked.empty() ? picked.front()->number : backward.value_or(1);
  return json{{"events", std::move(events)},
              {"nextForwardToken", "f/" + std::to_string(next)},
              {"nextBackwardToken", "b/" + std::to_string(before)}};
}

// Of all streams of a group or of those named, by stream and then by time; AWS mixes them by time.
Outcome<json> LogsProtocol::filter_events(const json& request) const {
  const auto group = group_of(request);
  if (!group) return group.error();
  const auto span = read_span(request);
  if (!span) return span.error();
  const auto limit = limit_of(request, kEventsMax);
  if (!limit) return limit.error();
  const auto pattern = text_of(request, "filterPattern");
  if (!pattern) return pattern.error();
  const auto terms = read_pattern(pattern.value());
  if (!terms) return terms.error();
  const auto token = text_of(request, "nextToken");
  if (!token) return token.error();
  const auto begin = read_token(token.value(), 'p');
  if (!token.value().empty() && !begin) return invalid("The specified nextToken is invalid.");
  const json names = request.value("logStreamNames", json());
  json events = json::array();
  uint64_t place = 0;
  for (const auto& [name, stream] : *group.value()) {
    if (names.is_array() && std::find(names.begin(), names.end(), name) == names.end()) continue;
    for (const LogEvent& event : stream.events) {
      if (!span.value().has(event) || !has_all(event.message, terms.value())) continue;
      if (place++ < begin.value_or(0)) continue;
      if (events.size() == limit.value()) {
        return json{{"events", std::move(events)},
                    {"nextToken", "p/" + std::to_string(place - 1)},
                    {"searchedLogStreams", json::array()}};
      }
      json& made = events.emplace_back(event_json(event));
      made["logStreamName"] = name;
      made["eventId"] = name + "-" + std::to_string(event.number);
    }
  }
  return json{{"events", std::move(events)}, {"searchedLogStreams", json::array()}};
}

}  // namespace edgehose
