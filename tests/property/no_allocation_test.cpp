// The hot path allocates nothing once its buffers have grown: every operator new of the process,
// and every realloc of the core (the linker wraps it), is counted while events of many shapes go
// through the C boundary.
#include <catch.hpp>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "edge/wasm/collector_abi.h"
#include "shared/base/little_endian.h"
#include "shared/plan/plan_compile.h"

namespace {

size_t allocations = 0;

void* counted(size_t bytes) {
  ++allocations;
  void* const memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

void* operator new(size_t bytes) { return counted(bytes); }
void* operator new[](size_t bytes) { return counted(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t /*bytes*/) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t /*bytes*/) noexcept { std::free(memory); }

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names, of --wrap=realloc.
extern "C" void* __real_realloc(void* memory, size_t bytes);
extern "C" void* __wrap_realloc(void* memory, size_t bytes) {
  ++allocations;
  return __real_realloc(memory, bytes);
}
// NOLINTEND(bugprone-reserved-identifier)

namespace {

const uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}
uint32_t count_of(std::string_view text) { return static_cast<uint32_t>(text.size()); }

std::string frame_of(std::string_view headers, std::string_view body) {
  std::string frame;
  edgehose::append_le(frame, int64_t{1'795'352'400'123});
  frame.append(16, '\0');
  for (std::string_view field :
       {std::string_view("POST"), std::string_view("/collect"), std::string_view{},
        std::string_view("203.0.113.77"), headers, body}) {
    edgehose::append_le(frame, count_of(field));
    frame += field;
  }
  return frame;
}

constexpr std::string_view kAgents[] = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/145.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/26.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 15; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/145.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "curl/8.5.0",
    "",
};

constexpr std::string_view kEvents[] = {
    R"({"event_id":"0192f3a0-0000-7000-8000-000000000001","content_type":"page_view",)"
    R"("time":"2026-11-22T12:59:59.900Z","anonymous_id":"a1","session_id":"s1","user_id":"u1",)"
    R"("page_url":"https://www.example.com/articles/x?utm_source=a&utm_medium=b%20c&gclid=Cj0K",)"
    R"("page_title":"Guide to \"edges\"","language":"en","timezone":"Europe/Berlin",)"
    R"("screen_width":1920,"screen_height":1080,)"
    R"("referrer_url":"https://www.google.com/search?q=edge+events","properties":)"
    R"({"section":"tech","author":{"id":"a12","followers":7},"tags":["x","y"],"read":0.5}})",
    R"({"event_id":"2","content_type":"click","time":1795352399000,"page_url":)"
    "\"https://note.example.jp/\xe8\xa8\x98\xe4\xba\x8b?p=%E8%A8%98\","
    R"("page_title":")"
    "\xe8\xa8\x98\xe4\xba\x8b"
    R"(","referrer_url":"android-app://com.google.android.gm/","properties":{ "position" : 3 }})",
    R"({"event_id":"3","content_type":"purchase","time":"2026-11-22T21:59:59+09:00",)"
    R"("referrer_url":"https://search.yahoo.co.jp/search?p=%E8%A8%98%E4%BA%8B",)"
    R"("properties":{"total":12.50,"currency":"JPY","items":[{"sku":"SKU-1","count":2}]}})",
};

// Each agent with each event alone, and with batches of 50.
std::vector<std::string> make_frames() {
  std::vector<std::string> frames;
  for (std::string_view agent : kAgents) {
    std::string headers = "cf-ipcountry: JP\ncf-ipcity: Tokyo\nsec-ch-ua-platform: \"Windows\"\n";
    if (!agent.empty()) headers += "user-agent: " + std::string(agent) + "\n";
    std::string batch = R"({"sent_time":"2026-11-22T13:00:00.000Z","events":[)";
    for (size_t i = 0; i < 50; ++i) {
      const std::string_view event = kEvents[i % std::size(kEvents)];
      if (i < std::size(kEvents)) frames.push_back(frame_of(headers, event));
      // Their ids differ: an event that comes twice in a request is dropped.
      std::string own(event);
      own.replace(own.find("\"event_id\":\"") + 12, 1, std::to_string(i) + "x");
      batch += (i == 0 ? "" : ",") + own;
    }
    frames.push_back(frame_of(headers, batch + "]}"));
  }
  return frames;
}

size_t allocations_of_a_round(collector_handle* handle, const std::vector<std::string>& frames) {
  const size_t before = allocations;
  for (const std::string& frame : frames) {
    if (collector_shape(handle, bytes_of(frame), count_of(frame)) != 0) return SIZE_MAX;
    const std::string_view answer(reinterpret_cast<const char*>(collector_answer(handle)),
                                  collector_answer_bytes(handle));
    if (answer.find("\"failed\":[]") == std::string_view::npos) return SIZE_MAX;
  }
  return allocations - before;
}

void require_none_after_warm_up(std::string_view configuration, std::string_view plan = {}) {
  collector_handle* handle =
      plan.empty() ? collector_open(bytes_of(configuration), count_of(configuration))
                   : collector_open_planned(bytes_of(configuration), count_of(configuration),
                                            bytes_of(plan), count_of(plan));
  REQUIRE(collector_ok(handle) == 1);
  const std::vector<std::string> frames = make_frames();
  const size_t warm_up = allocations_of_a_round(handle, frames);
  REQUIRE(warm_up > 0);
  REQUIRE(warm_up < SIZE_MAX);
  (void)allocations_of_a_round(handle, frames);
  for (int round = 0; round < 10; ++round) {
    REQUIRE(allocations_of_a_round(handle, frames) == 0);
  }
  collector_close(handle);
}

}  // namespace

TEST_CASE("shape: allocates nothing for events once its buffers have grown") {
  require_none_after_warm_up("");
}

TEST_CASE("shape: allocates nothing where a plan checks, adjusts and hides own data") {
  const edgehose::PlanCompiled plan = edgehose::compile_plan(R"({"version":"1","content_types":{
    "page_view":{"coerce":{"types":true},"pii":{"/author/id":"hash","/section":"mask"},"schema":{
      "type":"object","additionalProperties":false,"properties":{
        "section":{"type":"string","pattern":"^[a-z]+$"},"read":{"type":"string"},
        "author":{"type":"object","required":["id"],"properties":{"followers":{"minimum":1}}},
        "tags":{"type":"array","uniqueItems":true,"items":{"type":"string","maxLength":9}}}}},
    "click":{"schema":{"anyOf":[{"required":["nothing"]},{"properties":{"position":{"const":3}}}]}},
    "purchase":{"partition":"event_hour","schema":{"properties":{
      "currency":{"enum":["JPY","EUR"]},"items":{"contains":{"required":["sku"]}}}}}}})");
  REQUIRE(plan.problems.empty());
  require_none_after_warm_up(R"({"privacy":{"secret":"0123456789abcdef"}})", plan.bytes);
}
