// The shard's part of the C boundary.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "edge/wasm/abi_bytes.h"
#include "edge/wasm/collector_abi.h"
#include "shared/base/little_endian.h"
#include "shared/collect/configuration.h"
#include "shared/pack/shard.h"
#include "shared/pack/shard_status.h"

struct collector_shard {
  std::optional<edgehose::Shard> shard;
  std::string problem;
  std::vector<edgehose::Effect> left;  // of the last call, from `next` on not yet in `effects`
  size_t next = 0;
  std::string effects;
  std::string status;
};

namespace {

using edgehose::append_le;
using edgehose::abi::count;
using edgehose::abi::pointer;
using edgehose::abi::view;

// Bytes after which a part of the effects ends. Two batches of the largest size do not share one.
constexpr size_t kPartBytes = 1'048'576;
// What the frame of a large part took is given back.
constexpr size_t kEffectsBytesKept = 65'536;

enum class EffectKind : uint8_t {
  send = 1,
  answer = 2,
  wake = 3,
  compress = 4,
  persist = 5,
  erase = 6,
  load = 7,
};

struct EffectWriter {
  const edgehose::Shard& shard;
  std::string& out;

  void operator()(const edgehose::SendBatch& effect) const {
    start(EffectKind::send);
    append_le(out, effect.batch_id);
    const size_t count_at = out.size();
    append_le(out, uint32_t{0});
    shard.append_batch(effect.batch_id, out);
    std::string bytes;
    append_le(bytes, static_cast<uint32_t>(out.size() - count_at - sizeof(uint32_t)));
    std::copy(bytes.begin(), bytes.end(), out.begin() + static_cast<ptrdiff_t>(count_at));
  }
  void operator()(const edgehose::AnswerRequest& effect) const {
    start(EffectKind::answer);
    append_le(out, effect.request_id);
    append_le(out, effect.status);
    append_le(out, effect.retry_after_s);
  }
  void operator()(const edgehose::WakeAt& effect) const {
    start(EffectKind::wake);
    append_le(out, effect.at_ms);
  }
  void operator()(const edgehose::CompressRecord& effect) const {
    start(EffectKind::compress);
    const std::string_view lines = shard.sealed_record(effect.record_id);
    append_le(out, effect.record_id);
    append_le(out, count(lines));
    out += lines;
  }
  void operator()(const edgehose::PersistRow& effect) const {
    start(EffectKind::persist);
    append_le(out, effect.row_id);
    append_le(out, effect.request_id);
    append_le(out, effect.offset);
    append_le(out, effect.bytes);
  }
  void operator()(const edgehose::DeleteRow& effect) const {
    start(EffectKind::erase);
    append_le(out, effect.row_id);
  }
  void operator()(const edgehose::LoadRow& effect) const {
    start(EffectKind::load);
    append_le(out, effect.row_id);
  }
  void start(EffectKind kind) const { out.push_back(static_cast<char>(kind)); }
};

void write_part(collector_shard* shard) {
  if (shard->effects.capacity() > kEffectsBytesKept) shard->effects = {};
  shard->effects.clear();
  while (shard->next < shard->left.size() && shard->effects.size() < kPartBytes) {
    std::visit(EffectWriter{*shard->shard, shard->effects}, shard->left[shard->next++]);
  }
}

void store_effects(collector_shard* shard) {
  shard->left = shard->shard->take_effects();
  shard->next = 0;
  write_part(shard);
}

}  // namespace

extern "C" {

collector_shard* collector_shard_open(const uint8_t* configuration, uint32_t bytes, uint64_t seed) {
  auto shard = std::make_unique<collector_shard>();
  edgehose::Configuration read;
  shard->problem = edgehose::read_configuration(view(configuration, bytes), read);
  if (shard->problem.empty()) shard->shard.emplace(read.shard, seed);
  return shard.release();
}

uint32_t collector_shard_ok(const collector_shard* shard) { return shard->shard ? 1 : 0; }
const uint8_t* collector_shard_text(const collector_shard* shard) {
  return pointer(shard->problem);
}
uint32_t collector_shard_text_bytes(const collector_shard* shard) { return count(shard->problem); }
void collector_shard_close(collector_shard* shard) { delete shard; }

void collector_shard_restart(collector_shard* shard, int64_t now_ms, const uint8_t* rows,
                             uint32_t bytes) {
  shard->shard->restart(now_ms, view(rows, bytes));
  store_effects(shard);
}

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

void collector_shard_compressed(collector_shard* shard, int64_t now_ms, uint32_t record_id,
                                const uint8_t* member, uint32_t bytes) {
  shard->shard->on_compressed(now_ms, record_id, view(member, bytes));
  store_effects(shard);
}

void collector_shard_persisted(collector_shard* shard, int64_t now_ms, uint64_t row_id,
                               uint32_t done) {
  using Outcome = edgehose::Shard::Outcome;
  shard->shard->on_persisted(now_ms, row_id, done == 1 ? Outcome::done : Outcome::failed);
  store_effects(shard);
}

void collector_shard_row(collector_shard* shard, int64_t now_ms, uint64_t row_id,
                         const uint8_t* lines, uint32_t bytes) {
  shard->shard->on_row(now_ms, row_id, view(lines, bytes));
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

uint32_t collector_shard_more(collector_shard* shard) {
  if (shard->next >= shard->left.size()) return 0;
  write_part(shard);
  return 1;
}

const uint8_t* collector_shard_status(collector_shard* shard) {
  shard->status = edgehose::shard_status_json(*shard->shard);
  return pointer(shard->status);
}
uint32_t collector_shard_status_bytes(const collector_shard* shard) { return count(shard->status); }
}
