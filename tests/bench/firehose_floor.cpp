// The work that no server of PutRecordBatch can avoid, and nothing else: reads the bytes off a
// loopback socket (framed by Content-Length), base64-decodes each record with the project's own
// decoder, copies once, writes to a file, and answers a fixed text of the right size. With --gzip
// one libdeflate pass at level 1 over each batch comes on top; its output goes nowhere.
//
//   firehose_floor FOLDER RECORDS [--gzip]   prints its port; ends with its standard input
//
// It knows where the records lie: RECORDS a request of 1,024 bytes each, as firehose_client writes
// them (0: one PutRecord).
#include <arpa/inet.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/base64.h"

namespace {

constexpr size_t kRecordBytes = 1024;
constexpr size_t kFileBytesMax = 64U << 20;
constexpr size_t kRequestBytesMax = 1U << 20;

[[noreturn]] void die(const char* why) {
  std::fprintf(stderr, "firehose_floor: %s: %s\n", why, std::strerror(errno));
  std::exit(1);
}

struct Connection {
  int socket = -1;
  std::string in = std::string(kRequestBytesMax, '\0');
  size_t have = 0;
  size_t whole = 0;  // bytes of the request, once its head is read
  size_t head = 0;
};

class Floor {
 public:
  Floor(std::string folder, size_t records, bool packs)
      : folder_(std::move(folder)),
        records_(records),
        packer_(packs ? libdeflate_alloc_compressor(1) : nullptr, libdeflate_free_compressor),
        epoll_(epoll_create1(0)),
        listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    make_answer();
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) die("bind");
    if (listen(listener_, 64) != 0) die("listen");
    watch(listener_, &listening_);
    watch(STDIN_FILENO, nullptr);
    socklen_t bytes = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &bytes);
    std::printf("%d\n", ntohs(address.sin_port));
    (void)std::fflush(stdout);
  }

  void run() {
    std::array<epoll_event, 64> events{};
    while (true) {
      const int count = epoll_wait(epoll_, events.data(), events.size(), -1);
      for (int i = 0; i < count; ++i) {
        void* const which = events[static_cast<size_t>(i)].data.ptr;
        if (which == nullptr) return;
        if (which == &listening_) {
          accept_one();
        } else {
          on_readable(*static_cast<Connection*>(which));
        }
      }
    }
  }

 private:
  // As long as the project's: 42 bytes a record.
  void make_answer() {
    std::string body = R"({"Encrypted":false,"FailedPutCount":0,"RequestResponses":[)";
    for (size_t i = 0; i < records_; ++i) {
      body.append(i > 0 ? "," : "").append(R"({"RecordId":"edgehose-0123456789abcdef"})");
    }
    body.append("]}");
    if (records_ == 0) body = R"({"Encrypted":false,"RecordId":"edgehose-0123456789abcdef"})";
    answer_ = "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  void watch(int file, void* which) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = which;
    (void)epoll_ctl(epoll_, EPOLL_CTL_ADD, file, &event);
  }

  void accept_one() {
    auto connection = std::make_unique<Connection>();
    connection->socket = accept(listener_, nullptr, nullptr);
    if (connection->socket < 0) return;
    const int on = 1;
    (void)setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(connection->socket, connection.get());
    connections_.push_back(std::move(connection));
  }

  void on_readable(Connection& connection) {
    const ssize_t got = recv(connection.socket, connection.in.data() + connection.have,
                             connection.in.size() - connection.have, 0);
    if (got <= 0) {
      close(connection.socket);
      return;
    }
    connection.have += static_cast<size_t>(got);
    if (connection.whole == 0) read_head(connection);
    if (connection.whole == 0 || connection.have < connection.whole) return;
    take(std::string_view(connection.in).substr(connection.head, connection.whole));
    connection.have = 0;
    connection.whole = 0;
    // An answer fits into the socket's buffer, or the client reads it meanwhile.
    if (send(connection.socket, answer_.data(), answer_.size(), MSG_NOSIGNAL) < 0) die("send");
  }

  static void read_head(Connection& connection) {
    const size_t end = connection.in.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const size_t length = connection.in.find("Content-Length: ");
    if (length == std::string::npos || length > end) die("no Content-Length");
    connection.head = end + 4;
    connection.whole =
        connection.head + std::strtoull(connection.in.c_str() + length + 16, nullptr, 10);
    if (connection.whole > connection.in.size()) die("the request is too large");
  }

  void take(std::string_view body) {
    constexpr std::string_view kData = "{\"Data\":\"";
    const size_t text_bytes = edgehose::base64_bytes(kRecordBytes);
    size_t at = body.find(kData);
    decoded_.clear();
    for (size_t i = 0; i < (records_ == 0 ? 1 : records_); ++i) {
      const std::string_view text = body.substr(at + kData.size(), text_bytes);
      if (!edgehose::base64_decode(text, decoded_)) die("not base64");
      at += kData.size() + text_bytes + 3;
    }
    copy_.assign(decoded_);
    write_copy();
    if (packer_ == nullptr) return;
    packed_.resize(libdeflate_gzip_compress_bound(packer_.get(), decoded_.size()));
    (void)libdeflate_gzip_compress(packer_.get(), decoded_.data(), decoded_.size(), packed_.data(),
                                   packed_.size());
  }

  void write_copy() {
    if (file_ < 0 || file_bytes_ >= kFileBytesMax) {
      if (file_ >= 0) close(file_);
      const std::string path = folder_ + "/" + std::to_string(files_++);
      file_ = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
      if (file_ < 0) die("open");
      file_bytes_ = 0;
    }
    if (write(file_, copy_.data(), copy_.size()) != static_cast<ssize_t>(copy_.size())) {
      die("write");
    }
    file_bytes_ += copy_.size();
  }

  std::string folder_;
  size_t records_;
  std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> packer_;
  int epoll_;
  int listener_;
  int listening_ = 0;  // only its address counts
  std::vector<std::unique_ptr<Connection>> connections_;
  std::string answer_;
  std::string decoded_;
  std::string copy_;
  std::string packed_;
  int file_ = -1;
  size_t file_bytes_ = 0;
  size_t files_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "firehose_floor FOLDER RECORDS [--gzip]\n");
    return 2;
  }
  Floor floor(argv[1], std::strtoull(argv[2], nullptr, 10),
              argc > 3 && std::string_view(argv[3]) == "--gzip");
  floor.run();
  return 0;
}
