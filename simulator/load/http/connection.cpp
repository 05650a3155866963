#include "simulator/load/http/connection.h"

#include <sys/socket.h>

#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <charconv>
#include <utility>

namespace edgehose {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr uint64_t kAnswerBytesMax = 8ULL << 20;

// Servers close connections that idle for some seconds (workerd: 5); a request that meets the close
// would count as unanswered though it never arrived.
constexpr std::chrono::seconds kIdleMax{2};

std::optional<uint32_t> retry_after_s(const http::response<http::string_body>& answer) {
  const auto field = answer.find(http::field::retry_after);
  if (field == answer.end()) return std::nullopt;
  const beast::string_view text = field->value();
  uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return seconds;
}

}  // namespace

Connection::Connection(asio::io_context& io, const Endpoint& endpoint, OnAnswer on_answer)
    : stream_(io), endpoint_(endpoint), on_answer_(std::move(on_answer)) {}

void Connection::send(Request request, std::chrono::milliseconds timeout) {
  request_ = std::move(request);
  connected_now_ = false;
  if (open_ && !is_reusable()) close();
  stream_.expires_after(timeout);
  if (open_) return write();
  connected_now_ = true;
  stream_.async_connect(endpoint_, [this](beast::error_code error) {
    if (error) return finish({});
    if (stream_.socket().set_option(asio::ip::tcp::no_delay(true), error)) return finish({});
    open_ = true;
    write();
  });
}

void Connection::cancel() { stream_.cancel(); }

// Not when it idled long, and not when something (an end, stray bytes) is there to read or came
// along with the last answer.
bool Connection::is_reusable() {
  if (buffer_.size() > 0) return false;
  if (std::chrono::steady_clock::now() - idle_since_ > kIdleMax) return false;
  char byte = 0;
  const ssize_t got = ::recv(stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void Connection::write() {
  http::async_write(stream_, request_, [this](beast::error_code error, size_t) {
    // A server may answer (413, say) and close before it took the whole body: its answer is
    // waiting even though the write failed.
    if (error == beast::error::timeout || error == asio::error::operation_aborted) {
      return finish({});
    }
    read();
  });
}

// The buffer keeps what came behind an answer; is_reusable() looks at it.
void Connection::read() {
  parser_.emplace();
  parser_->body_limit(kAnswerBytesMax);
  http::async_read(stream_, buffer_, *parser_,
                   [this](beast::error_code error, size_t) { on_read(error); });
}

void Connection::on_read(const beast::error_code& error) {
  if (error) return finish({});
  AttemptAnswer answer;
  answer.status = parser_->get().result_int();
  answer.retry_after_s = retry_after_s(parser_->get());
  const bool keep = parser_->get().keep_alive();
  answer.body = std::move(parser_->get().body());
  if (!keep) close();
  finish(std::move(answer));
}

// The callback comes last: it may send again, or let go of this connection.
void Connection::finish(AttemptAnswer answer) {
  if (answer.status == 0) close();
  stream_.expires_never();
  idle_since_ = std::chrono::steady_clock::now();
  answer.connected = connected_now_;
  on_answer_(*this, std::move(answer));
}

void Connection::close() {
  open_ = false;
  buffer_.clear();
  stream_.close();
}

}  // namespace edgehose
