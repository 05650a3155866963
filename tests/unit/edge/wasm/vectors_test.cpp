// The golden vectors of shared/contract/vectors through the native C ABI.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "shared/base/base64.h"
#include "shared/plan/plan_compile.h"
#include "tests/unit/edge/wasm/module.h"

using namespace edgehose::test;
using nlohmann::json;

namespace {

json read_vectors(const std::string& name) {
  std::ifstream file(std::string(EDGEHOSE_SOURCE_DIR) + "/shared/contract/vectors/" + name);
  REQUIRE(file);
  return json::parse(file);
}

RequestParts request_of(const json& request) {
  RequestParts parts;
  parts.now_ms = request.value("now_ms", int64_t{0});
  parts.method = request.value("method", "POST");
  parts.path = request.value("path", "/collect");
  parts.query = request.value("query", "");
  parts.client_ip = request.value("client_ip", "");
  parts.headers = request.value("headers", "");
  parts.body = request.value("body", "");
  if (request.contains("body_base64")) {
    REQUIRE(edgehose::base64_decode(request["body_base64"].get<std::string>(), parts.body));
  }
  return parts;
}

json shape_of(const json& vector) {
  const std::string plan =
      vector.contains("plan") ? edgehose::compile_plan(vector["plan"].dump()).bytes : "";
  Collector collector(vector["configuration"].dump(), plan);
  const Shape shape = collector.shape(request_of(vector["request"]));
  std::string answer = shape.answer;
  if (shape.kind == 1) {
    answer.clear();
    edgehose::base64_append(answer, shape.answer);
  }
  json lines = json::array();
  for (size_t i = 0; i < shape.lines.size(); ++i) {
    lines.push_back({{"stream", shape.lines[i].first}, {"line", shape.lines[i].second}});
    if (!shape.partitions[i].empty()) lines.back()["partition"] = shape.partitions[i];
  }
  return {{"status", shape.status}, {"kind", shape.kind}, {"answer", answer}, {"lines", lines}};
}

std::string frame_of(const json& lines) {
  std::string frame;
  for (const json& line : lines) {
    frame += line_frame(line["stream"].get<std::string>(), line["line"].get<std::string>(),
                        line.value("partition", ""));
  }
  return frame;
}

std::string rows_of(const json& rows) {
  std::string frame;
  for (const json& row : rows) {
    edgehose::append_le(frame, row["row_id"].get<uint64_t>());
    edgehose::append_le(frame, row["bytes"].get<uint32_t>());
  }
  return frame;
}

void take_step(collector_shard* shard, const json& step) {
  const auto now_ms = step["now_ms"].get<int64_t>();
  const std::string kind = step["step"];
  if (kind == "submit") {
    const std::string frame = frame_of(step["lines"]);
    collector_shard_submit(shard, now_ms, step["request_id"].get<uint64_t>(), bytes_of(frame),
                           count_of(frame));
  } else if (kind == "answer") {
    const std::string body = step["body"];
    collector_shard_answer(shard, now_ms, step["batch_id"].get<uint32_t>(),
                           step["status"].get<uint32_t>(), bytes_of(body), count_of(body));
  } else if (kind == "compressed") {
    std::string member;
    REQUIRE(edgehose::base64_decode(step["member_base64"].get<std::string>(), member));
    collector_shard_compressed(shard, now_ms, step["record_id"].get<uint32_t>(), bytes_of(member),
                               count_of(member));
  } else if (kind == "persisted") {
    collector_shard_persisted(shard, now_ms, step["row_id"].get<uint64_t>(),
                              step["done"].get<bool>() ? 1 : 0);
  } else if (kind == "row") {
    const std::string frame = frame_of(step["lines"]);
    collector_shard_row(shard, now_ms, step["row_id"].get<uint64_t>(), bytes_of(frame),
                        count_of(frame));
  } else if (kind == "restart") {
    const std::string rows = rows_of(step["rows"]);
    collector_shard_restart(shard, now_ms, bytes_of(rows), count_of(rows));
  } else {
    REQUIRE(kind == "tick");
    collector_shard_tick(shard, now_ms);
  }
}

}  // namespace

TEST_CASE("vectors: every file of the folder is one that is run here") {
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(EDGEHOSE_SOURCE_DIR) +
                                                               "/shared/contract/vectors")) {
    files += entry.path().extension() == ".json" ? 1 : 0;
  }
  CHECK(files == 7);
}

TEST_CASE("vectors: each request is shaped as written") {
  for (const std::string name :
       {"delivered", "failed", "envelope", "refused", "other", "planned"}) {
    for (const json& vector : read_vectors(name + ".json")) {
      CAPTURE(name, vector["name"]);
      CHECK(shape_of(vector) == vector["expect"]);
    }
  }
}

TEST_CASE("vectors: each shard goes through its steps as written") {
  for (const json& vector : read_vectors("shard.json")) {
    CAPTURE(vector["name"]);
    ShardHandle shard(vector["configuration"].dump(), vector["seed"].get<uint64_t>());
    for (const json& step : vector["steps"]) {
      take_step(shard.get(), step);
      CAPTURE(step);
      CHECK(shard.effects() == step["effects"]);
    }
    const json status = shard.status();
    for (const auto& [name, value] : vector["status"].items()) CHECK(status[name] == value);
  }
}
