#include "edge/wasm/collector_abi.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "edge/wasm/abi_bytes.h"
#include "shared/base/little_endian.h"
#include "shared/base/rare.h"
#include "shared/collect/collect.h"
#include "shared/collect/configuration.h"

struct collector_handle {
  std::string plan;  // the collector's plan lies in it
  std::optional<edgehose::Collector> collector;
  std::string problem;
  edgehose::Shaped shaped;
};

namespace {

constexpr uint32_t kAbiVersion = 3;

using edgehose::abi::count;
using edgehose::abi::pointer;
using edgehose::abi::view;

bool take_field(std::string_view& frame, std::string_view& field) {
  uint32_t bytes = 0;
  return edgehose::take_le(frame, bytes) && edgehose::take_bytes(frame, bytes, field);
}

bool read_request(std::string_view frame, edgehose::Request& request) {
  uint64_t unused_entropy = 0;
  return edgehose::take_le(frame, request.received_ms) && edgehose::take_le(frame, request.seed) &&
         edgehose::take_le(frame, unused_entropy) && take_field(frame, request.method) &&
         take_field(frame, request.path) && take_field(frame, request.query) &&
         take_field(frame, request.client_ip) && take_field(frame, request.headers) &&
         take_field(frame, request.body) && frame.empty();
}

EDGEHOSE_RARE collector_handle* open_collector(std::string_view configuration,
                                               std::string_view plan) {
  auto handle = std::make_unique<collector_handle>();
  handle->plan = plan;
  edgehose::Configuration read;
  handle->problem = edgehose::read_configuration(configuration, read);
  std::optional<edgehose::Plan> mapped;
  if (!plan.empty() && handle->problem.empty()) {
    mapped = edgehose::Plan::map(handle->plan);
    handle->problem = mapped ? edgehose::plan_problem(read, *mapped)
                             : "plan: not a plan compiled by this version of edgehose plan compile";
  }
  if (handle->problem.empty()) handle->collector.emplace(std::move(read), mapped);
  return handle.release();
}

}  // namespace

extern "C" {

uint32_t collector_abi_version(void) { return kAbiVersion; }

uint8_t* collector_alloc(uint32_t bytes) { return new uint8_t[bytes]; }
void collector_free(uint8_t* memory, uint32_t /*bytes*/) { delete[] memory; }

collector_handle* collector_open(const uint8_t* configuration, uint32_t bytes) {
  return open_collector(view(configuration, bytes), {});
}

collector_handle* collector_open_planned(const uint8_t* configuration, uint32_t bytes,
                                         const uint8_t* plan, uint32_t plan_bytes) {
  return open_collector(view(configuration, bytes), view(plan, plan_bytes));
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
}
