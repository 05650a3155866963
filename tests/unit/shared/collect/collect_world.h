// What the tests of shared/collect/collect.h share.
#pragma once

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "shared/base/base64.h"
#include "shared/collect/collect.h"
#include "shared/pack/lines.h"

namespace edgehose {

using nlohmann::json;

inline constexpr int64_t kNowMs = 1'795'352'400'123;

struct OutLine {
  std::string stream;
  std::string text;
  json document;
  std::string partition = {};
};

struct Out {
  Shaped shaped;
  json answer;  // null where the answer is no JSON
  std::vector<OutLine> lines;
};

inline Configuration configuration_of(
    const std::string& text = R"({"streams":{"page_view":"views"}})") {
  Configuration configuration;
  REQUIRE(read_configuration(text, configuration) == "");
  return configuration;
}

// Every output of the core passes through here: each line is one line of valid UTF-8 JSON, by
// nlohmann's judgement, and the answer agrees with the lines.
inline Out shape(const Request& request, Collector& collector) {
  const Configuration& configuration = collector.configuration();
  Out out;
  collector.collect(request, out.shaped);
  std::string_view frame = out.shaped.lines;
  size_t failed = 0;
  for (Line line; take_line(frame, line);) {
    REQUIRE(line.events == 1);
    REQUIRE(line.text.find('\n') == std::string_view::npos);
    REQUIRE(line.text.size() + 1 <= configuration.limits.line_bytes_max);
    const std::string text(line.text);
    json document = json::parse(text);
    REQUIRE(document.is_object());
    for (const auto& [name, value] : document.items()) {
      REQUIRE_FALSE(value.is_null());
      if (name != "pointer" && name != "raw") REQUIRE(value != "");
    }
    failed += line.stream == configuration.failed_stream;
    out.lines.push_back({std::string(line.stream), text, std::move(document)});
  }
  REQUIRE(frame.empty());
  REQUIRE(out.shaped.accepted + out.shaped.failed == out.lines.size());
  REQUIRE((out.shaped.duplicates > 0) ==
          (out.shaped.answer.find("\"duplicates\"") != std::string::npos));
  REQUIRE(out.shaped.failed == failed);
  if (out.shaped.kind == AnswerKind::json) {
    out.answer = json::parse(out.shaped.answer);
    if (out.shaped.status == 200 && out.answer.contains("accepted")) {
      REQUIRE(out.answer["accepted"] == out.shaped.accepted);
      REQUIRE(out.answer["failed"].size() == out.shaped.failed);
      REQUIRE(out.answer["ack"] == "durable");
    }
  }
  if (out.shaped.status != 200) REQUIRE(out.lines.empty());
  return out;
}

inline Out shape(const Request& request, const Configuration& configuration) {
  Collector collector(configuration);
  return shape(request, collector);
}

inline Out post(const std::string& body, const Configuration& configuration = configuration_of()) {
  Request request;
  request.received_ms = kNowMs;
  request.method = "POST";
  request.path = "/collect";
  request.body = body;
  return shape(request, configuration);
}

inline std::string event(const std::string& id, const std::string& more = "") {
  return R"({"event_id":")" + id + R"(","content_type":"page_view","time":"2026-11-22T13:00:00Z")" +
         more + "}";
}

inline std::vector<std::string> accepted_ids(const Out& out) {
  std::vector<std::string> ids;
  for (const OutLine& line : out.lines) {
    if (line.stream != "failed") ids.push_back(line.document["event_id"]);
  }
  return ids;
}

inline std::string raw_of(const OutLine& line) {
  std::string raw;
  REQUIRE(base64_decode(line.document["raw"].get<std::string>(), raw));
  return raw;
}

using Ids = std::vector<std::string>;

}  // namespace edgehose
