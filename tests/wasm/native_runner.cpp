// Runs jobs (job.ts) in the native build: reads { u32 count, job }* from standard input and writes
// { u32 count, result }* to standard output, so that a test compares them with the modules' byte by
// byte.
#include <cstdio>
#include <string>
#include <string_view>

#include "edge/wasm/collector_abi.h"
#include "shared/base/little_endian.h"

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

bool run_shape(std::string_view job, std::string& out) {
  std::string_view configuration;
  std::string_view frame;
  if (!take_text(job, configuration) || !take_text(job, frame)) return false;
  collector_handle* handle = collector_open(bytes_of(configuration), count_of(configuration));
  append_le(out, collector_ok(handle));
  if (collector_ok(handle) == 0) {
    append_text(out, collector_text(handle), collector_text_bytes(handle));
  } else {
    append_le(out, collector_shape(handle, bytes_of(frame), count_of(frame)));
    append_le(out, collector_status(handle));
    append_le(out, collector_answer_kind(handle));
    append_text(out, collector_answer(handle), collector_answer_bytes(handle));
    append_text(out, collector_lines(handle), collector_lines_bytes(handle));
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
  if (operation == 1) {
    collector_shard_submit(shard, now_ms, id, bytes_of(bytes), count_of(bytes));
  } else if (operation == 2) {
    collector_shard_answer(shard, now_ms, static_cast<uint32_t>(id), status, bytes_of(bytes),
                           count_of(bytes));
  } else {
    collector_shard_tick(shard, now_ms);
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
      append_text(out, collector_shard_effects(shard), collector_shard_effects_bytes(shard));
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
  return kind == 1 ? run_shape(job, out) : run_shard(job, out);
}

}  // namespace

int main() {
  std::string input;
  for (int c = std::getchar(); c != EOF; c = std::getchar()) input.push_back(static_cast<char>(c));
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
