// The C ABI as tests use it: frames written, results read, handles that close themselves.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "edge/wasm/collector_abi.h"
#include "shared/base/little_endian.h"
#include "shared/pack/lines.h"

namespace edgehose::test {

inline const uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}
inline uint32_t count_of(std::string_view text) { return static_cast<uint32_t>(text.size()); }
inline std::string text_of(const uint8_t* bytes, uint32_t count) {
  return {reinterpret_cast<const char*>(bytes), count};
}

struct RequestParts {
  int64_t now_ms = 0;
  std::string method = "POST";
  std::string path = "/collect";
  std::string query;
  std::string client_ip;
  std::string headers;
  std::string body;
};

inline std::string request_frame(const RequestParts& parts) {
  std::string frame;
  append_le(frame, parts.now_ms);
  frame.append(16, '\0');
  for (const std::string* field :
       {&parts.method, &parts.path, &parts.query, &parts.client_ip, &parts.headers, &parts.body}) {
    append_le(frame, count_of(*field));
    frame += *field;
  }
  return frame;
}

inline std::string line_frame(std::string_view stream, std::string_view text,
                              std::string_view partition = {}) {
  std::string frame;
  append_line(frame, {stream, text, 1, partition});
  return frame;
}

struct Shape {
  uint32_t status = 0;
  uint32_t kind = 0;
  std::string answer;
  std::string frame;
  std::vector<std::pair<std::string, std::string>> lines;  // stream and line
  std::vector<std::string> partitions;                     // of each line
};

class Collector {
 public:
  // `plan` is a compiled one, or nothing.
  explicit Collector(std::string_view configuration, std::string_view plan = {})
      : handle_(plan.empty()
                    ? collector_open(bytes_of(configuration), count_of(configuration))
                    : collector_open_planned(bytes_of(configuration), count_of(configuration),
                                             bytes_of(plan), count_of(plan))) {}
  ~Collector() { collector_close(handle_); }
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  collector_handle* get() { return handle_; }
  std::string text() const {
    return text_of(collector_text(handle_), collector_text_bytes(handle_));
  }

  Shape shape(const RequestParts& parts) {
    const std::string frame = request_frame(parts);
    Shape shape;
    if (collector_shape(handle_, bytes_of(frame), count_of(frame)) != 0) return shape;
    shape.status = collector_status(handle_);
    shape.kind = collector_answer_kind(handle_);
    shape.answer = text_of(collector_answer(handle_), collector_answer_bytes(handle_));
    shape.frame = text_of(collector_lines(handle_), collector_lines_bytes(handle_));
    std::string_view rest = shape.frame;
    for (Line line; take_line(rest, line);) {
      shape.lines.emplace_back(line.stream, line.text);
      shape.partitions.emplace_back(line.partition);
    }
    return shape;
  }

 private:
  collector_handle* handle_;
};

class ShardHandle {
 public:
  ShardHandle(std::string_view configuration, uint64_t seed)
      : handle_(collector_shard_open(bytes_of(configuration), count_of(configuration), seed)) {}
  ~ShardHandle() { collector_shard_close(handle_); }
  ShardHandle(const ShardHandle&) = delete;
  ShardHandle& operator=(const ShardHandle&) = delete;

  collector_shard* get() { return handle_; }

  // The effects of the last call, all parts of them, as the vectors write them.
  nlohmann::json effects() {
    nlohmann::json effects = nlohmann::json::array();
    do {
      const std::string frame =
          text_of(collector_shard_effects(handle_), collector_shard_effects_bytes(handle_));
      std::string_view in = frame;
      while (!in.empty()) {
        nlohmann::json effect = nlohmann::json::object();
        const bool read = read_effect(in, effect);
        effects.push_back(read ? effect : nlohmann::json("malformed"));
        if (!read) return effects;
      }
    } while (collector_shard_more(handle_) == 1);
    return effects;
  }

  nlohmann::json status() {
    const uint8_t* text = collector_shard_status(handle_);
    return nlohmann::json::parse(text_of(text, collector_shard_status_bytes(handle_)));
  }

 private:
  template <typename Integer>
  static bool take(std::string_view& in, nlohmann::json& effect, const char* name) {
    Integer value = 0;
    if (!take_le(in, value)) return false;
    effect[name] = value;
    return true;
  }

  static bool take_text(std::string_view& in, nlohmann::json& effect, const char* name) {
    uint32_t bytes = 0;
    std::string_view text;
    if (!take_le(in, bytes) || !take_bytes(in, bytes, text)) return false;
    effect[name] = text;
    return true;
  }

  static bool read_effect(std::string_view& in, nlohmann::json& effect) {
    static constexpr const char* kKinds[] = {"send",    "answer", "wake", "compress",
                                             "persist", "delete", "load"};
    uint8_t kind = 0;
    if (!take_le(in, kind) || kind < 1 || kind > 7) return false;
    effect["kind"] = kKinds[kind - 1];
    switch (kind) {
      case 1:
        return take<uint32_t>(in, effect, "batch_id") && take_text(in, effect, "body");
      case 2:
        return take<uint64_t>(in, effect, "request_id") && take<uint32_t>(in, effect, "status") &&
               take<uint32_t>(in, effect, "retry_after_s");
      case 3:
        return take<int64_t>(in, effect, "at_ms");
      case 4:
        return take<uint32_t>(in, effect, "record_id") && take_text(in, effect, "lines");
      case 5:
        return take<uint64_t>(in, effect, "row_id") && take<uint64_t>(in, effect, "request_id") &&
               take<uint32_t>(in, effect, "offset") && take<uint32_t>(in, effect, "bytes");
      default:
        return take<uint64_t>(in, effect, "row_id");
    }
  }

  collector_shard* handle_;
};

}  // namespace edgehose::test
