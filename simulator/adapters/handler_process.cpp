#include "simulator/adapters/handler_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

namespace edgehose {
namespace {

// A log file that has grown above this is begun anew.
constexpr off_t kLogBytesMax = off_t{16} << 20;
constexpr int kAnswerFile = 3;

// Reads an event, waits for the handler, writes the answer, and begins again. Reading blocks the
// whole process, as Lambda freezes an environment between invocations.
constexpr const char* kNodeScript = R"js(
const fs = require("fs");
const url = require("url");
const [file, name] = process.argv.slice(1);
function read(bytes) {
  const buffer = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; ) {
    let got = 0;
    try {
      got = fs.readSync(0, buffer, at, bytes - at, null);
    } catch (error) {
      if (error.code === "EAGAIN") continue;
      throw error;
    }
    if (got === 0) process.exit(0);
    at += got;
  }
  return buffer;
}
function write(status, text) {
  const payload = Buffer.from(text);
  const head = Buffer.alloc(5);
  head.writeUInt8(status, 0);
  head.writeUInt32LE(payload.length, 1);
  for (const part of [head, payload])
    for (let at = 0; at < part.length; ) at += fs.writeSync(3, part, at);
}
function call(handler, event, context) {
  if (handler.length < 3) return handler(event, context);
  return new Promise((resolve, reject) =>
    handler(event, context, (error, result) => (error ? reject(error) : resolve(result))));
}
async function main() {
  let handler;
  let broken;
  try {
    const module = await import(url.pathToFileURL(file));
    handler = module[name] ?? module.default?.[name];
    if (typeof handler !== "function") throw new Error(`${file} exports no function ${name}`);
  } catch (error) {
    broken = error;
  }
  for (;;) {
    const context = JSON.parse(read(read(4).readUInt32LE(0)));
    const text = read(read(4).readUInt32LE(0));
    const end = Date.now() + context.timeoutMs;
    context.getRemainingTimeInMillis = () => end - Date.now();
    try {
      if (broken) throw broken;
      const result = await call(handler, JSON.parse(text), context);
      write(0, JSON.stringify(result) ?? "null");
    } catch (error) {
      write(1, JSON.stringify({
        errorType: error?.name ?? "Error",
        errorMessage: String(error?.message ?? error),
        trace: String(error?.stack ?? "").split("\n"),
      }));
    }
  }
}
main();
)js";

constexpr const char* kPythonScript = R"py(
import importlib.util, json, os, struct, sys, time, traceback
file, name = sys.argv[1:3]
def read(count):
    data = b""
    while len(data) < count:
        got = os.read(0, count - len(data))
        if not got:
            os._exit(0)
        data += got
    return data
def write(status, text):
    payload = text.encode()
    data = memoryview(struct.pack("<BI", status, len(payload)) + payload)
    while data:
        data = data[os.write(3, data):]
class Context:
    def __init__(self, values):
        self.function_name = values["functionName"]
        self.function_version = values["functionVersion"]
        self.invoked_function_arn = values["invokedFunctionArn"]
        self.memory_limit_in_mb = values["memoryLimitInMB"]
        self.aws_request_id = values["awsRequestId"]
        self._end = time.time() + values["timeoutMs"] / 1000
    def get_remaining_time_in_millis(self):
        return int((self._end - time.time()) * 1000)
handler = broken = None
try:
    sys.path.insert(0, os.path.dirname(os.path.abspath(file)))
    spec = importlib.util.spec_from_file_location("handler_module", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler = getattr(module, name)
except BaseException as error:
    broken = error
while True:
    context = Context(json.loads(read(struct.unpack("<I", read(4))[0])))
    event = read(struct.unpack("<I", read(4))[0])
    try:
        if broken is not None:
            raise broken
        write(0, json.dumps(handler(json.loads(event), context)))
    except BaseException as error:
        write(1, json.dumps({
            "errorType": type(error).__name__,
            "errorMessage": str(error),
            "stackTrace": traceback.format_tb(error.__traceback__),
        }))
    sys.stdout.flush()
)py";

bool is_node_file(std::string_view path) {
  return path.ends_with(".js") || path.ends_with(".mjs") || path.ends_with(".cjs");
}

std::string u32_text(size_t number) {
  std::string text(4, '\0');
  for (size_t i = 0; i < 4; ++i) text[i] = static_cast<char>(number >> (8 * i) & 255U);
  return text;
}

int open_log(const std::string& path) {
  if (path.empty()) return ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0 && info.st_size > kLogBytesMax) {
    (void)::truncate(path.c_str(), 0);
  }
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) ends = {-1, -1};
  }
  ~Pipe() {
    for (const int end : ends) {
      if (end >= 0) ::close(end);
    }
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  [[nodiscard]] bool is_open() const { return ends[0] >= 0; }
  int take(size_t end) { return std::exchange(ends[end], -1); }
};

// Between fork and exec only what is safe there: no allocation, no lock. Each of the four files is
// first moved above 3, so that none is overwritten on its way.
[[noreturn]] void become(const std::vector<char*>& arguments, int input, int log, int answers) {
  // Not even a handler in an endless loop outlives a simulator that was killed.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  constexpr int kAbove = 10;
  const int in = ::fcntl(input, F_DUPFD, kAbove);
  const int out = ::fcntl(log, F_DUPFD, kAbove);
  const int answer = ::fcntl(answers, F_DUPFD, kAbove);
  const bool is_ready = ::dup2(in, STDIN_FILENO) >= 0 && ::dup2(out, STDOUT_FILENO) >= 0 &&
                        ::dup2(out, STDERR_FILENO) >= 0 && ::dup2(answer, kAnswerFile) >= 0;
  for (const int file : {in, out, answer}) ::close(file);
  struct sigaction usual{};
  usual.sa_handler = SIG_DFL;
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGXFSZ}) ::sigaction(signal, &usual, nullptr);
  if (is_ready) ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

}  // namespace

std::string read_handler_option(std::string_view text, HandlerFile& file) {
  const size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos)
    return "must be NAME=FILE or NAME=FILE:HANDLER";
  file.name = text.substr(0, equals);
  std::string_view path = text.substr(equals + 1);
  const size_t colon = path.rfind(':');
  if (colon != std::string_view::npos && path.find('/', colon) == std::string_view::npos) {
    file.handler = path.substr(colon + 1);
    path = path.substr(0, colon);
  }
  file.path = path;
  if (!is_node_file(path) && !path.ends_with(".py")) {
    return "takes a .js, .mjs, .cjs or .py file, not '" + file.path + "'";
  }
  if (::access(file.path.c_str(), R_OK) != 0) return "cannot read '" + file.path + "'";
  return "";
}

std::string absolute_path(const std::string& path) {
  if (path.starts_with('/')) return path;
  std::string here(4096, '\0');
  if (::getcwd(here.data(), here.size()) == nullptr) return path;
  here.resize(here.find('\0'));
  return here + "/" + path;
}

HandlerProcess::HandlerProcess(HandlerFile file, const Clock& wall_clock)
    : file_(std::move(file)), clock_(wall_clock) {}

HandlerProcess::~HandlerProcess() { end(); }

bool HandlerProcess::start() {
  Pipe events;
  Pipe answers;
  if (!events.is_open() || !answers.is_open()) return false;
  const bool is_node = is_node_file(file_.path);
  std::vector<std::string> words = {is_node ? "node" : "python3"};
  if (is_node) words.push_back("--max-old-space-size=" + std::to_string(file_.memory_mib));
  words.insert(words.end(), {is_node ? "-e" : "-c", is_node ? kNodeScript : kPythonScript});
  if (is_node) words.emplace_back("--");
  words.insert(words.end(), {file_.path, file_.handler});
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  // A child that died is a failed write, not the end of this process.
  (void)::signal(SIGPIPE, SIG_IGN);
  const int log = open_log(file_.log_path);
  if (log < 0) return false;
  child_ = ::fork();
  if (child_ == 0) become(arguments, events.ends[0], log, answers.ends[1]);
  ::close(log);
  if (child_ < 0) return false;
  to_child_ = events.take(1);
  from_child_ = answers.take(0);
  // Writing must not wait for a child that does not read.
  (void)::fcntl(to_child_, F_SETFL, O_NONBLOCK);
  return true;
}

void HandlerProcess::end() {
  if (child_ <= 0) return;
  ::kill(child_, SIGKILL);
  while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
  ::close(to_child_);
  ::close(from_child_);
  child_ = to_child_ = from_child_ = -1;
}

InvokeResult HandlerProcess::invoke(std::string_view event, std::string_view context) {
  InvokeResult result;
  if (event.size() > kInvokePayloadBytesMax) {
    result.kind = InvokeResult::Kind::too_large;
    return result;
  }
  const int64_t start_ms = clock_.now_ms();
  const int64_t until_ms = start_ms + file_.timeout_ms;
  const bool is_done = (child_ > 0 || start()) && write_event(event, context, until_ms) &&
                       read_answer(result, until_ms);
  result.duration_ms = static_cast<uint32_t>(std::max<int64_t>(clock_.now_ms() - start_ms, 0));
  if (is_done) return result;
  const bool is_late = clock_.now_ms() >= until_ms;
  end();
  if (result.kind == InvokeResult::Kind::too_large) return result;
  result.kind = is_late ? InvokeResult::Kind::timeout : InvokeResult::Kind::function_error;
  result.payload = is_late
                       ? R"({"errorMessage":"Task timed out"})"
                       : R"({"errorType":"Runtime.ExitError","errorMessage":"The process ended"})";
  return result;
}

bool HandlerProcess::write_event(std::string_view event, std::string_view context,
                                 int64_t until_ms) {
  return write_all(u32_text(context.size()), until_ms) && write_all(context, until_ms) &&
         write_all(u32_text(event.size()), until_ms) && write_all(event, until_ms);
}

int HandlerProcess::wait_ms(int64_t until_ms) const {
  return static_cast<int>(std::clamp<int64_t>(until_ms - clock_.now_ms(), 0, 1'000'000));
}

bool HandlerProcess::write_all(std::string_view bytes, int64_t until_ms) const {
  while (!bytes.empty()) {
    pollfd ready{to_child_, POLLOUT, 0};
    if (::poll(&ready, 1, wait_ms(until_ms)) <= 0) return false;
    const ssize_t written = ::write(to_child_, bytes.data(), bytes.size());
    if (written < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (written > 0) bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

bool HandlerProcess::read_all(char* to, size_t bytes, int64_t until_ms) const {
  while (bytes > 0) {
    pollfd ready{from_child_, POLLIN, 0};
    if (::poll(&ready, 1, wait_ms(until_ms)) <= 0) return false;
    const ssize_t got = ::read(from_child_, to, bytes);
    if (got == 0 || (got < 0 && errno != EINTR)) return false;
    if (got > 0) {
      to += got;
      bytes -= static_cast<size_t>(got);
    }
  }
  return true;
}

bool HandlerProcess::read_answer(InvokeResult& result, int64_t until_ms) const {
  std::array<char, 5> head{};
  if (!read_all(head.data(), head.size(), until_ms)) return false;
  size_t bytes = 0;
  for (size_t i = 0; i < 4; ++i) bytes |= size_t{static_cast<uint8_t>(head[1 + i])} << (8 * i);
  if (bytes > kInvokePayloadBytesMax) {
    result.kind = InvokeResult::Kind::too_large;
    return false;
  }
  result.kind = head[0] == 0 ? InvokeResult::Kind::ok : InvokeResult::Kind::function_error;
  result.payload.resize(bytes);
  return read_all(result.payload.data(), bytes, until_ms);
}

}  // namespace edgehose
