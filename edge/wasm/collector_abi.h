// The C boundary of the collector: one source, compiled to two WASM modules (Emscripten, WASI) and
// natively for tests.
//
// Rules that hold for every function:
// - Integers are of fixed width; in WASM a pointer is a u32 offset into the module's memory. Frames
// are little endian.
// - Bytes handed in are read during the call only; the caller keeps and frees them.
// - Bytes handed out (pointer and count) belong to the handle and hold until the next call on that
// handle.
// - A call may grow the memory: read `memory.buffer` anew after each.
// - A handle is for one thread. There is no global state: open as many as needed.
// - The module has no clock and no randomness: time and seeds come in as arguments.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct collector_handle collector_handle;
typedef struct collector_shard collector_shard;

// Rises when anything below changes its meaning.
uint32_t collector_abi_version(void);

// Memory for frames. Never null: the module traps when memory is out.
uint8_t* collector_alloc(uint32_t bytes);
void collector_free(uint8_t* memory, uint32_t bytes);

// ---- Shaping: one request in, an answer and lines out. ----

// `configuration` is the JSON document of shared/contract/configuration.schema.json; no bytes mean
// the defaults. Always a handle; when collector_ok says 0, collector_text says why and the handle
// serves only to be closed.
collector_handle* collector_open(const uint8_t* configuration, uint32_t bytes);
// The same with a tracking plan as `edgehose plan compile` makes it. The handle keeps a copy.
collector_handle* collector_open_planned(const uint8_t* configuration, uint32_t bytes,
                                         const uint8_t* plan, uint32_t plan_bytes);
uint32_t collector_ok(const collector_handle* handle);
const uint8_t* collector_text(const collector_handle* handle);
uint32_t collector_text_bytes(const collector_handle* handle);
void collector_close(collector_handle* handle);

// Shapes one request. The frame:
//   i64 now_ms, 16 bytes of entropy, then each as u32 count and bytes:
//   method, path, query (without `?`), client_ip, headers ("name: value\n", names in lower case),
//   body
// 0: done, read the results below. 1: the frame is not whole, or the handle is not ok.
uint32_t collector_shape(collector_handle* handle, const uint8_t* frame, uint32_t bytes);
uint32_t collector_status(const collector_handle* handle);       // HTTP status of the answer
uint32_t collector_answer_kind(const collector_handle* handle);  // 0 JSON, 1 GIF, 2 empty
const uint8_t* collector_answer(const collector_handle* handle);
uint32_t collector_answer_bytes(const collector_handle* handle);
// Lines for a shard (frame: shared/pack/lines.h). Without any, give the answer at once; with, when
// the shard says 200.
const uint8_t* collector_lines(const collector_handle* handle);
uint32_t collector_lines_bytes(const collector_handle* handle);

// ---- The shard: packing, pacing, exact resend, the durable hop. Each call leaves effects for the
// host to carry out, in order. ----

// The same configuration. `seed` feeds the jitter of its backoff.
collector_shard* collector_shard_open(const uint8_t* configuration, uint32_t bytes, uint64_t seed);
uint32_t collector_shard_ok(const collector_shard* shard);
const uint8_t* collector_shard_text(const collector_shard* shard);
uint32_t collector_shard_text_bytes(const collector_shard* shard);
void collector_shard_close(collector_shard* shard);

// Once, before anything else, where the host has a disk: the rows that are on it, as
// { u64 row_id, u32 bytes }* by rising id. They are asked for (load) as there is room.
void collector_shard_restart(collector_shard* shard, int64_t now_ms, const uint8_t* rows,
                             uint32_t bytes);
// Lines of one request. `request_id` is new for each, and below 2^63.
void collector_shard_submit(collector_shard* shard, int64_t now_ms, uint64_t request_id,
                            const uint8_t* lines, uint32_t bytes);
// Firehose's answer to a batch. `http_status` 0: there was none (connection lost, time-out).
void collector_shard_answer(collector_shard* shard, int64_t now_ms, uint32_t batch_id,
                            uint32_t http_status, const uint8_t* body, uint32_t bytes);
// The gzip member of a record; no bytes: it could not be made, and is asked for again.
void collector_shard_compressed(collector_shard* shard, int64_t now_ms, uint32_t record_id,
                                const uint8_t* member, uint32_t bytes);
// 1: the row is on disk for good. 0: nothing of it is.
void collector_shard_persisted(collector_shard* shard, int64_t now_ms, uint64_t row_id,
                               uint32_t done);
// A row's bytes; none: it could not be read now, and is asked for again.
void collector_shard_row(collector_shard* shard, int64_t now_ms, uint64_t row_id,
                         const uint8_t* lines, uint32_t bytes);
void collector_shard_tick(collector_shard* shard, int64_t now_ms);

// What the last call left to do; each begins with a u8:
//   1 send     { u32 batch_id, u32 count, body }  a whole PutRecordBatch request: sign it, POST it,
//              bring the answer back
//   2 answer   { u64 request_id, u32 status, u32 retry_after_s }  200: shape's own answer; 503:
//              overloaded, not held; 413: more than can ever be held, or a line that no record
//              takes
//   3 wake     { i64 at_ms }  call tick then; only the newest counts, and none means never
//   4 compress { u32 record_id, u32 count, lines }  make one gzip member of the lines
//   5 persist  { u64 row_id, u64 request_id, u32 offset, u32 bytes }  of the lines that this call
//              submitted, write those bytes to disk as one row, then say so
//   6 delete   { u64 row_id }  the row is not needed any more
//   7 load     { u64 row_id }  read the row back
const uint8_t* collector_shard_effects(const collector_shard* shard);
uint32_t collector_shard_effects_bytes(const collector_shard* shard);
// What a call leaves to do comes in parts of some 5 MB at most. 1: there is another part, and the
// effects are now that one; ask until it says 0, before any other call.
uint32_t collector_shard_more(collector_shard* shard);

// Counters as one JSON object. Like the effects, they hold until the next call.
const uint8_t* collector_shard_status(collector_shard* shard);
uint32_t collector_shard_status_bytes(const collector_shard* shard);

#ifdef __cplusplus
}
#endif
