#include "edge/wasm/collector_abi.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/little_endian.h"
#include "shared/collect/collect.h"
#include "shared/collect/configuration.h"
#include "shared/pack/shard.h"

struct collector_handle {
  std::optional<edgehose::Collector> collector;
  std::string problem;
  edgehose::Shaped shaped;
};

struct collector_shard {
  std::optional<edgehose::Shard> shard;
  std::string problem;
  std::string effects;
  std::string status;
};

namespace {

constexpr uint32_t kAbiVersion = 2;
constexpr size_t kEntropyBytes = 16;

enum class EffectKind : uint8_t { send = 1, answer = 2, wake = 3 };

std::string_view view(const uint8_t* bytes, uint32_t count) {
  return {reinterpret_cast<const char*>(bytes), count};
}

const uint8_t* pointer(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

uint32_t count(std::string_view text) { return static_cast<uint32_t>(text.size()); }

bool take_field(std::string_view& frame, std::string_view& field) {
  uint32_t bytes = 0;
  return edgehose::take_le(frame, bytes) && edgehose::take_bytes(frame, bytes, field);
}

bool read_request(std::string_view frame, edgehose::Request& request) {
  std::string_view entropy;
  return edgehose::take_le(frame, request.received_ms) &&
         edgehose::take_bytes(frame, kEntropyBytes, entropy) && take_field(frame, request.method) &&
         take_field(frame, request.path) && take_field(frame, request.query) &&
         take_field(frame, request.client_ip) && take_field(frame, request.headers) &&
         take_field(frame, request.body) && frame.empty();
}

struct EffectWriter {
  std::string& out;

  void operator()(const edgehose::SendBatch& effect) const {
    start(EffectKind::send);
    edgehose::append_le(out, effect.batch_id);
    edgehose::append_le(out, count(effect.body));
    out += effect.body;
  }
  void operator()(const edgehose::AnswerRequest& effect) const {
    start(EffectKind::answer);
    edgehose::append_le(out, effect.request_id);
    edgehose::append_le(out, effect.status);
    edgehose::append_le(out, effect.retry_after_s);
  }
  void operator()(const edgehose::WakeAt& effect) const {
    start(EffectKind::wake);
    edgehose::append_le(out, effect.at_ms);
  }
  void start(EffectKind kind) const { out.push_back(static_cast<char>(kind)); }
};

void store_effects(collector_shard* shard) {
  shard->effects.clear();
  for (const edgehose::Effect& effect : shard->shard->take_effects()) {
    std::visit(EffectWriter{shard->effects}, effect);
  }
}

}  // namespace

extern "C" {

uint32_t collector_abi_version(void) { return kAbiVersion; }

uint8_t* collector_alloc(uint32_t bytes) { return new uint8_t[bytes]; }
void collector_free(uint8_t* memory, uint32_t /*bytes*/) { delete[] memory; }

collector_handle* collector_open(const uint8_t* configuration, uint32_t bytes) {
  auto read = edgehose::read_configuration(view(configuration, bytes));
  auto* handle = new collector_handle{{}, std::move(read.problem), {}};
  if (read.configuration) handle->collector.emplace(std::move(*read.configuration));
  return handle;
}

uint32_t collector_ok(const collector_handle* handle) { return handle->collector ? 1 : 0; }
const uint8_t* collector_text(const collector_handle* handle) { return pointer(handle->problem); }
uint32_t collector_text_bytes(const collector_handle* handle) { return count(handle->problem); }
void collector_close(collector_handle* handle) { delete handle; }

uint32_t collector_shape(collector_handle* handle, const uint8_t* frame, uint32_t bytes) {
  edgehose::Request request;
  if (!handle->collector || !read_request(view(frame, bytes), request)) return 1;
  handle->collector->collect(request, handle->shaped);
  return 0;
}

uint32_t collector_status(const collector_handle* handle) { return handle->shaped.status; }
uint32_t collector_answer_kind(const collector_handle* handle) {
  return static_cast<uint32_t>(handle->shaped.kind);
}
const uint8_t* collector_answer(const collector_handle* handle) {
  return pointer(handle->shaped.answer);
}
uint32_t collector_answer_bytes(const collector_handle* handle) {
  return count(handle->shaped.answer);
}
const uint8_t* collector_lines(const collector_handle* handle) {
  return pointer(handle->shaped.lines);
}
uint32_t collector_lines_bytes(const collector_handle* handle) {
  return count(handle->shaped.lines);
}

collector_shard* collector_shard_open(const uint8_t* configuration, uint32_t bytes, uint64_t seed) {
  auto read = edgehose::read_configuration(view(configuration, bytes));
  auto shard = std::make_unique<collector_shard>();
  if (read.configuration) shard->shard.emplace(read.configuration->shard, seed);
  shard->problem = std::move(read.problem);
  return shard.release();
}

uint32_t collector_shard_ok(const collector_shard* shard) { return shard->shard ? 1 : 0; }
const uint8_t* collector_shard_text(const collector_shard* shard) {
  return pointer(shard->problem);
}
uint32_t collector_shard_text_bytes(const collector_shard* shard) { return count(shard->problem); }
void collector_shard_close(collector_shard* shard) { delete shard; }

void collector_shard_submit(collector_shard* shard, int64_t now_ms, uint64_t request_id,
                            const uint8_t* lines, uint32_t bytes) {
  shard->shard->submit(now_ms, request_id, view(lines, bytes));
  store_effects(shard);
}

void collector_shard_answer(collector_shard* shard, int64_t now_ms, uint32_t batch_id,
                            uint32_t http_status, const uint8_t* body, uint32_t bytes) {
  shard->shard->on_answer(now_ms, batch_id, http_status, view(body, bytes));
  store_effects(shard);
}

void collector_shard_tick(collector_shard* shard, int64_t now_ms) {
  shard->shard->tick(now_ms);
  store_effects(shard);
}

const uint8_t* collector_shard_effects(const collector_shard* shard) {
  return pointer(shard->effects);
}
uint32_t collector_shard_effects_bytes(const collector_shard* shard) {
  return count(shard->effects);
}

const uint8_t* collector_shard_status(collector_shard* shard) {
  shard->status = edgehose::shard_status_json(*shard->shard);
  return pointer(shard->status);
}
uint32_t collector_shard_status_bytes(const collector_shard* shard) { return count(shard->status); }
}
