// A user's handler as a child process that stays: what Lambda calls an execution environment. One
// invocation at a time; the process sleeps in between.
//
//   to the child, on its standard input:  u32 bytes | the event
//   from it, on file descriptor 3:        u8 0 = answer, 1 = error | u32 bytes | the payload
//
// Little endian. What the handler prints goes to a log file.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "simulator/engine/clock.h"
#include "simulator/services/firehose/processing_world.h"

namespace edgehose {

// As Lambda bounds a synchronous call: 6 MB each way.
inline constexpr size_t kInvokePayloadBytesMax = size_t{6} << 20;

struct HandlerFile {
  std::string name;                 // of the function
  std::string path;                 // .js, .mjs, .cjs: Node; .py: Python
  std::string handler = "handler";  // the exported function
  std::string log_path = {};        // empty: what it prints is thrown away
  uint32_t timeout_ms = 60'000;
  uint32_t memory_mib = 512;  // told to the handler; Node's heap is bounded by it too
};

// NAME=FILE or NAME=FILE:HANDLER. Empty, or what is wrong with it.
[[nodiscard]] std::string read_handler_option(std::string_view text, HandlerFile& file);

// From the folder the program was started in.
[[nodiscard]] std::string absolute_path(const std::string& path);

class HandlerProcess {
 public:
  // `wall_clock` outlives the process, and so does the thread of the first invocation: the kernel
  // ends a child with the thread that started it. Nothing is started before the first invocation.
  HandlerProcess(HandlerFile file, const Clock& wall_clock);
  ~HandlerProcess();
  HandlerProcess(const HandlerProcess&) = delete;
  HandlerProcess& operator=(const HandlerProcess&) = delete;

  // Starts the child when there is none. A child that takes too long or breaks the framing is
  // killed; the next invocation starts another.
  [[nodiscard]] InvokeResult invoke(std::string_view event, std::string_view context);

 private:
  bool start();
  void end();
  bool write_event(std::string_view event, std::string_view context, int64_t until_ms);
  bool write_all(std::string_view bytes, int64_t until_ms) const;
  // False at the end of the stream, an error, or `until_ms`.
  bool read_all(char* to, size_t bytes, int64_t until_ms) const;
  bool read_answer(InvokeResult& result, int64_t until_ms) const;
  [[nodiscard]] int wait_ms(int64_t until_ms) const;

  HandlerFile file_;
  const Clock& clock_;
  pid_t child_ = -1;
  int to_child_ = -1;
  int from_child_ = -1;
};

}  // namespace edgehose
