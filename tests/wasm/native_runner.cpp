// Runs jobs (job.ts) in the native build: reads { u32 count, job }* from standard input and writes
// { u32 count, result }* to standard output, so that a test compares them with the modules' byte by
// byte.
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "edge/wasm/collector_abi.h"
#include "shared/base/little_endian.h"
#include "shared/plan/plan_compile.h"

namespace {

using edgehose::append_le;
using edgehose::take_bytes;
using edgehose::take_le;

const uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}
uint32_t count_of(std::string_view text) { return static_cast<uint32_t>(text.size()); }

bool take_text(std::string_view& in, std::string_view& text) {
  uint32_t count = 0;
  return take_le(in, count) && take_bytes(in, count, text);
}

void append_text(std::string& out, const uint8_t* bytes, uint32_t count) {
  append_le(out, count);
  out.append(reinterpret_cast<const char*>(bytes), count);
}

collector_handle* open_handle(std::string_view configuration, std::string_view plan) {
  if (plan.empty()) return collector_open(bytes_of(configuration), count_of(configuration));
  return collector_open_planned(bytes_of(configuration), count_of(configuration), bytes_of(plan),
                                count_of(plan));
}

void append_shaped(std::string& out, collector_handle* handle, std::string_view frame) {
  append_le(out, collector_shape(handle, bytes_of(frame), count_of(frame)));
  append_le(out, collector_status(handle));
  append_le(out, collector_answer_kind(handle));
  append_text(out, collector_answer(handle), collector_answer_bytes(handle));
  append_text(out, collector_lines(handle), collector_lines_bytes(handle));
}

// As Digest of job.ts.
class Digest {
 public:
  void add(std::string_view bytes) {
    for (char c : bytes) {
      const auto byte = static_cast<uint8_t>(c);
      first_ = (first_ ^ byte) * kPrime;
      second_ = (second_ ^ byte ^ (first_ >> 24)) * kPrime;
    }
  }
  void take(std::string& out) {
    append_le(out, first_);
    append_le(out, second_);
    *this = Digest();
  }

 private:
  static constexpr uint32_t kPrime = 0x01000193;
  uint32_t first_ = 0x811c9dc5;
  uint32_t second_ = 0x2d6a3bcf;
};

bool take_handles(std::string_view& job, std::vector<collector_handle*>& handles) {
  uint32_t count = 0;
  if (!take_le(job, count)) return false;
  std::string_view plan;
  for (std::string_view configuration; count > 0; --count) {
    if (!take_text(job, configuration) || !take_text(job, plan)) return false;
    handles.push_back(open_handle(configuration, plan));
    if (collector_ok(handles.back()) == 0) return false;
  }
  return true;
}

bool run_volume(std::string_view job, std::string& out) {
  uint32_t group = 0;
  std::vector<collector_handle*> handles;
  bool whole = take_le(job, group) && take_handles(job, handles);
  Digest digest;
  std::string shaped;
  for (uint32_t seen = 1; whole && !job.empty(); ++seen) {
    uint8_t which = 0;
    std::string_view frame;
    whole = take_le(job, which) && take_text(job, frame) && which < handles.size();
    if (!whole) break;
    shaped.clear();
    append_shaped(shaped, handles[which], frame);
    digest.add(shaped);
    if (seen % group == 0 || job.empty()) digest.take(out);
  }
  for (collector_handle* handle : handles) collector_close(handle);
  return whole;
}

bool run_plan(std::string_view job, std::string& out) {
  std::string_view plan;
  if (!take_text(job, plan)) return false;
  out = edgehose::compile_plan(plan).bytes;
  return !out.empty();
}

bool run_shape(std::string_view job, std::string& out) {
  std::string_view configuration;
  std::string_view plan;
  std::string_view frame;
  if (!take_text(job, configuration) || !take_text(job, plan) || !take_text(job, frame)) {
    return false;
  }
  collector_handle* handle = open_handle(configuration, plan);
  append_le(out, collector_ok(handle));
  if (collector_ok(handle) == 0) {
    append_text(out, collector_text(handle), collector_text_bytes(handle));
  } else {
    append_shaped(out, handle, frame);
  }
  collector_close(handle);
  return true;
}

bool run_step(collector_shard* shard, std::string_view& job) {
  uint8_t operation = 0;
  int64_t now_ms = 0;
  uint64_t id = 0;
  uint32_t status = 0;
  std::string_view bytes;
  if (!take_le(job, operation) || !take_le(job, now_ms) || !take_le(job, id) ||
      !take_le(job, status) || !take_text(job, bytes)) {
    return false;
  }
  const auto id32 = static_cast<uint32_t>(id);
  switch (operation) {
    case 1:
      collector_shard_submit(shard, now_ms, id, bytes_of(bytes), count_of(bytes));
      break;
    case 2:
      collector_shard_answer(shard, now_ms, id32, status, bytes_of(bytes), count_of(bytes));
      break;
    case 3:
      collector_shard_tick(shard, now_ms);
      break;
    case 4:
      collector_shard_compressed(shard, now_ms, id32, bytes_of(bytes), count_of(bytes));
      break;
    case 5:
      collector_shard_persisted(shard, now_ms, id, status);
      break;
    case 6:
      collector_shard_row(shard, now_ms, id, bytes_of(bytes), count_of(bytes));
      break;
    default:
      collector_shard_restart(shard, now_ms, bytes_of(bytes), count_of(bytes));
  }
  return true;
}

bool run_shard(std::string_view job, std::string& out) {
  std::string_view configuration;
  uint64_t seed = 0;
  if (!take_text(job, configuration) || !take_le(job, seed)) return false;
  collector_shard* shard =
      collector_shard_open(bytes_of(configuration), count_of(configuration), seed);
  const uint32_t ok = collector_shard_ok(shard);
  append_le(out, ok);
  append_text(out, collector_shard_text(shard), collector_shard_text_bytes(shard));
  bool whole = true;
  while (ok == 1 && whole && !job.empty()) {
    whole = run_step(shard, job);
    if (whole) {
      std::string effects;
      do {
        const uint8_t* part = collector_shard_effects(shard);
        effects.append(reinterpret_cast<const char*>(part), collector_shard_effects_bytes(shard));
      } while (collector_shard_more(shard) == 1);
      append_text(out, bytes_of(effects), count_of(effects));
    }
  }
  if (ok == 1) {
    const uint8_t* status = collector_shard_status(shard);
    append_text(out, status, collector_shard_status_bytes(shard));
  }
  collector_shard_close(shard);
  return whole;
}

bool run_job(std::string_view job, std::string& out) {
  uint8_t kind = 0;
  if (!take_le(job, kind)) return false;
  if (kind == 1) return run_shape(job, out);
  if (kind == 2) return run_shard(job, out);
  return kind == 3 ? run_volume(job, out) : run_plan(job, out);
}

}  // namespace

int main() {
  std::string input;
  std::array<char, 65536> chunk{};
  for (size_t count = 0; (count = std::fread(chunk.data(), 1, chunk.size(), stdin)) > 0;) {
    input.append(chunk.data(), count);
  }
  std::string_view in = input;
  for (std::string_view job; take_text(in, job);) {
    std::string out;
    if (!run_job(job, out)) return 1;
    std::string frame;
    append_text(frame, bytes_of(out), count_of(out));
    if (std::fwrite(frame.data(), 1, frame.size(), stdout) != frame.size()) return 1;
  }
  return in.empty() ? 0 : 1;
}
