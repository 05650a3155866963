// The load of `./dev bench firehose`: puts records over kept-alive connections for a while, reads
// and checks every answer, and prints one line of JSON. The same program drives every side.
//
//   firehose_client --port N [--stream NAME] [--streams N] [--records N] [--connections N]
//                   [--ms N | --requests N] [--seed N] [--sign KEY_ID SECRET]
//
// --records 0 sends PutRecord, any other number PutRecordBatch. With --streams the requests go
// round over NAME0000, NAME0001, ... The bodies are made, and signed, before the time begins.
// A record is 1,024 bytes: one line of JSON.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/base64.h"
#include "shared/base/hmac.h"
#include "shared/base/sha256.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kRecordBytes = 1024;
// Enough that no cache between here and the disk knows the next one by heart.
constexpr size_t kDistinctBodies = 8;
constexpr size_t kReadBytes = 256U << 10;

struct Options {
  uint16_t port = 0;
  std::string stream = "bench";
  size_t streams = 0;
  size_t records = 500;
  size_t connections = 4;
  uint64_t ms = 1000;
  uint64_t requests = 0;
  uint64_t seed = 20261123;
  std::string key_id;
  std::string secret;
};

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "firehose_client: %s\n", why.c_str());
  std::exit(1);
}

Options read_options(int argc, char** argv) {
  Options options;
  const std::vector<std::string> words(argv + 1, argv + argc);
  for (size_t i = 0; i < words.size(); i += 2) {
    if (i + 1 >= words.size()) die("a value is missing after " + words[i]);
    const std::string& value = words[i + 1];
    const auto number = [&value] { return std::strtoull(value.c_str(), nullptr, 10); };
    if (words[i] == "--port") {
      options.port = static_cast<uint16_t>(number());
    } else if (words[i] == "--stream") {
      options.stream = value;
    } else if (words[i] == "--streams") {
      options.streams = number();
    } else if (words[i] == "--records") {
      options.records = number();
    } else if (words[i] == "--connections") {
      options.connections = number();
    } else if (words[i] == "--ms") {
      options.ms = number();
    } else if (words[i] == "--requests") {
      options.requests = number();
    } else if (words[i] == "--seed") {
      options.seed = number();
    } else if (words[i] == "--sign" && i + 2 < words.size()) {
      options.key_id = value;
      options.secret = words[++i + 1];
    } else {
      die("does not know " + words[i]);
    }
  }
  if (options.port == 0) die("give --port");
  return options;
}

// A line as a shop's pages send it: names repeat, ids and numbers do not, and it packs like a log.
std::string make_record(std::mt19937_64& random) {
  constexpr std::array<std::string_view, 12> kWords = {"page_view",
                                                       "purchase",
                                                       "https://shop.example/items/",
                                                       "Mozilla/5.0 (X11; Linux x86_64)",
                                                       "tokyo",
                                                       "referrer",
                                                       "campaign",
                                                       "checkout",
                                                       "mobile",
                                                       "ja-JP",
                                                       "search?q=shoes",
                                                       "session"};
  std::string record = R"({"event_id":")";
  std::array<char, 17> digits{};
  const auto add_id = [&] {
    std::snprintf(digits.data(), digits.size(), "%016llx",
                  static_cast<unsigned long long>(random()));
    record.append(digits.data());
  };
  add_id();
  record.append("\"");
  for (int i = 0; record.size() < kRecordBytes - 96; ++i) {
    record.append(",\"field_").append(std::to_string(i)).append("\":\"");
    record.append(kWords[random() % kWords.size()]).append(std::to_string(random() % 100'000));
    record.append("\"");
  }
  record.append(R"(,"pad":")");
  record.append(kRecordBytes - 3 - record.size(), 'x').append("\"}\n");
  return record;
}

std::string make_body(const std::string& stream, size_t records, std::mt19937_64& random) {
  std::string body = R"({"DeliveryStreamName":")" + stream;
  const auto add = [&body, &random] {
    body.append(R"({"Data":")");
    edgehose::base64_append(body, make_record(random));
    body.append("\"}");
  };
  if (records == 0) {
    body.append(R"(","Record":)");
    add();
    return body.append("}");
  }
  body.append(R"(","Records":[)");
  for (size_t i = 0; i < records; ++i) {
    if (i > 0) body.push_back(',');
    add();
  }
  return body.append("]}");
}

// The value of Authorization: a real signature, or the form of one for servers that only look at
// whom it names.
std::string authorization(const Options& options, const std::string& target,
                          const std::string& date, std::string_view body) {
  const std::string scope = date.substr(0, 8) + "/ap-northeast-1/firehose/aws4_request";
  const std::string head =
      "AWS4-HMAC-SHA256 Credential=" + (options.key_id.empty() ? "bench" : options.key_id) + "/" +
      scope + ", SignedHeaders=host;x-amz-date;x-amz-target, Signature=";
  if (options.key_id.empty()) return head + std::string(64, '0');
  const std::string canonical = "POST\n/\n\nhost:127.0.0.1:" + std::to_string(options.port) +
                                "\nx-amz-date:" + date + "\nx-amz-target:" + target +
                                "\n\nhost;x-amz-date;x-amz-target\n" +
                                edgehose::hex(edgehose::sha256(body));
  const std::string to_sign = "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" +
                              edgehose::hex(edgehose::sha256(canonical));
  edgehose::Sha256 key = edgehose::hmac_sha256("AWS4" + options.secret, date.substr(0, 8));
  for (const char* part : {"ap-northeast-1", "firehose", "aws4_request"}) {
    key = edgehose::hmac_sha256(edgehose::as_text(key), part);
  }
  return head + edgehose::hex(edgehose::hmac_sha256(edgehose::as_text(key), to_sign));
}

std::string make_request(const Options& options, const std::string& stream,
                         std::mt19937_64& random) {
  const std::string body = make_body(stream, options.records, random);
  const std::string target =
      std::string("Firehose_20150804.") + (options.records == 0 ? "PutRecord" : "PutRecordBatch");
  std::array<char, 32> date{};
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  (void)std::strftime(date.data(), date.size(), "%Y%m%dT%H%M%SZ", &parts);
  return "POST / HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(options.port) +
         "\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: " + target +
         "\r\nX-Amz-Date: " + date.data() +
         "\r\nAuthorization: " + authorization(options, target, date.data(), body) +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::vector<std::string> make_requests(const Options& options) {
  std::mt19937_64 random(options.seed);
  std::vector<std::string> requests;
  const size_t bodies = options.streams == 0 ? kDistinctBodies : options.streams;
  for (size_t i = 0; i < bodies; ++i) {
    std::array<char, 24> number{};
    std::snprintf(number.data(), number.size(), "%04zu", i);
    requests.push_back(make_request(
        options, options.streams == 0 ? options.stream : options.stream + number.data(), random));
  }
  return requests;
}

// What stands after `name` and a colon, up to the next comma or end of line.
std::string_view value_after(std::string_view text, std::string_view name) {
  const size_t at = text.find(name);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + name.size());
  text.remove_prefix(std::min(text.find_first_not_of("\": "), text.size()));
  return text.substr(0, text.find_first_of(",\r\n}"));
}

size_t count_of(std::string_view text, std::string_view word) {
  size_t count = 0;
  while (const void* found = memmem(text.data(), text.size(), word.data(), word.size())) {
    ++count;
    text.remove_prefix(static_cast<size_t>(static_cast<const char*>(found) - text.data()) +
                       word.size());
  }
  return count;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower;
}

struct Connection {
  int socket = -1;
  std::string_view left;  // of the request, to be sent
  std::string answer;
  size_t head_bytes = 0;  // 0 until the answer's head is whole
  size_t body_bytes = 0;
  bool closes = false;
  bool wants_room = false;  // the kernel took less than all
  Clock::time_point sent;
};

class Load {
 public:
  Load(const Options& options, std::vector<std::string> requests)
      : options_(options),
        requests_(std::move(requests)),
        epoll_(epoll_create1(0)),
        connections_(options.connections) {}
  ~Load() {
    for (const Connection& connection : connections_) close(connection.socket);
    close(epoll_);
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void run() {
    start_ = Clock::now();
    end_ = start_ + std::chrono::milliseconds(options_.ms);
    for (Connection& connection : connections_) begin(connection);
    std::array<epoll_event, 64> events{};
    while (under_way_ > 0) {
      const int count = epoll_wait(epoll_, events.data(), events.size(), 30'000);
      if (count == 0) die("no answer in 30 seconds");
      for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<size_t>(i)];
        on_event(*static_cast<Connection*>(event.data.ptr), event.events);
      }
    }
    stop_ = Clock::now();
  }

  void print() {
    std::sort(latencies_us_.begin(), latencies_us_.end());
    const double seconds = std::chrono::duration<double>(stop_ - start_).count();
    const auto answered = static_cast<double>(latencies_us_.size());
    const double records = answered * static_cast<double>(std::max<size_t>(options_.records, 1));
    std::printf(
        "{\"requests\":%.0f,\"records\":%.0f,\"bytes\":%.0f,\"seconds\":%.4f,\"requests_s\":%.1f,"
        "\"records_s\":%.1f,\"mb_s\":%.2f,\"p50_us\":%u,\"p99_us\":%u}\n",
        answered, records, records * kRecordBytes, seconds, answered / seconds, records / seconds,
        records * kRecordBytes / seconds / 1e6, quantile(0.5), quantile(0.99));
  }

 private:
  uint32_t quantile(double share) const {
    if (latencies_us_.empty()) return 0;
    const auto last = static_cast<double>(latencies_us_.size() - 1);
    return latencies_us_[static_cast<size_t>(share * last)];
  }

  void open(Connection& connection) {
    connection.socket = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(connection.socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      die(std::string("connect: ") + std::strerror(errno));
    }
    const int on = 1;
    (void)setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &connection;
    (void)epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.socket, &event);
    connection.wants_room = false;
  }

  void begin(Connection& connection) {
    const bool is_over = options_.requests > 0 ? begun_ == options_.requests : Clock::now() >= end_;
    if (is_over) return;
    if (connection.socket < 0) open(connection);
    connection.left = requests_[begun_++ % requests_.size()];
    connection.answer.clear();
    connection.head_bytes = 0;
    connection.sent = Clock::now();
    ++under_way_;
    send_more(connection);
  }

  void send_more(Connection& connection) {
    while (!connection.left.empty()) {
      const ssize_t sent = send(connection.socket, connection.left.data(), connection.left.size(),
                                MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0 && errno == EAGAIN) break;
      if (sent < 0) die(std::string("send: ") + std::strerror(errno));
      connection.left.remove_prefix(static_cast<size_t>(sent));
    }
    if (connection.wants_room == !connection.left.empty()) return;
    connection.wants_room = !connection.left.empty();
    epoll_event event{};
    event.events = EPOLLIN;
    if (connection.wants_room) event.events |= EPOLLOUT;
    event.data.ptr = &connection;
    (void)epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.socket, &event);
  }

  void on_event(Connection& connection, uint32_t events) {
    if ((events & EPOLLOUT) != 0) send_more(connection);
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
    const ssize_t got = recv(connection.socket, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) die("the server closed in the middle of an answer");
    connection.answer.append(buffer_.data(), static_cast<size_t>(got));
    if (connection.head_bytes == 0) read_head(connection);
    if (connection.head_bytes == 0) return;
    if (connection.answer.size() < connection.head_bytes + connection.body_bytes) return;
    check(connection);
    end(connection);
  }

  static void read_head(Connection& connection) {
    const size_t end = connection.answer.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const std::string head = lower_case(std::string_view(connection.answer).substr(0, end + 2));
    if (head.find("transfer-encoding") != std::string::npos) die("a chunked answer");
    const std::string_view length = value_after(head, "content-length");
    (void)std::from_chars(length.data(), length.data() + length.size(), connection.body_bytes);
    connection.head_bytes = end + 4;
    connection.closes =
        head.starts_with("http/1.0") || value_after(head, "\nconnection") == "close";
  }

  // Every record of every answer is looked at: a server that takes less than all has lost the race.
  void check(const Connection& connection) const {
    const std::string_view answer = connection.answer;
    const std::string_view body = answer.substr(connection.head_bytes);
    const bool is_taken =
        answer.size() > 12 && answer.substr(9, 3) == "200" &&
        count_of(body, "\"RecordId\":") == std::max<size_t>(options_.records, 1) &&
        (options_.records == 0 || value_after(body, "\"FailedPutCount\"") == "0");
    if (!is_taken) die("not taken: " + std::string(answer.substr(0, 600)));
  }

  void end(Connection& connection) {
    const auto took = Clock::now() - connection.sent;
    latencies_us_.push_back(
        static_cast<uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count()));
    --under_way_;
    if (connection.closes) {
      close(connection.socket);
      connection.socket = -1;
    }
    begin(connection);
  }

  const Options& options_;
  std::vector<std::string> requests_;
  int epoll_;
  std::vector<Connection> connections_;
  std::array<char, kReadBytes> buffer_{};
  std::vector<uint32_t> latencies_us_;
  uint64_t begun_ = 0;
  uint64_t under_way_ = 0;
  Clock::time_point start_;
  Clock::time_point end_;
  Clock::time_point stop_;
};

}  // namespace

int main(int argc, char** argv) {
  const Options options = read_options(argc, argv);
  Load load(options, make_requests(options));
  load.run();
  load.print();
  return 0;
}
