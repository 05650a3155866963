#include "simulator/http/http_server.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <csignal>
#include <optional>
#include <stdexcept>
#include <thread>

#include "shared/base/text.h"

namespace edgehose {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

using Parser = http::request_parser<http::string_body>;
using Deadline = std::chrono::milliseconds;

constexpr size_t kReadBytes = 256U << 10;
constexpr uint64_t kSmallBodyBytes = 4U << 10;
// How long to wait when the process has no more files, and between looks at what is under way.
constexpr Deadline kAcceptPause(50);
constexpr Deadline kDrainPause(10);
constexpr rlim_t kFilesReserved = 256;

HttpRequest head_of(const Parser& parser) {
  HttpRequest request;
  const auto& message = parser.get();
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  for (const auto& field : message) {
    std::string name(field.name_string());
    for (char& c : name) c = to_lower(c);
    request.headers.emplace_back(std::move(name), std::string(field.value()));
  }
  return request;
}

// What a session asks of the server it belongs to.
class SessionOwner {
 public:
  virtual ~SessionOwner() = default;
  virtual void on_session_end() = 0;
  // A request is under way from its head to its answer's last byte.
  virtual void on_request_begin() = 0;
  virtual void on_request_end() = 0;
  [[nodiscard]] virtual bool is_draining() const = 0;
};

struct SessionWorld {
  const HttpServerOptions& options;
  HttpHandler& handler;
  SessionOwner& owner;
};

// One connection: read a head, ask the handler, read the body, answer, again. Runs on its strand.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const SessionWorld& world)
      : stream_(std::move(socket)), answer_timer_(stream_.get_executor()), world_(world) {}
  ~Session() {
    end_request();
    world_.owner.on_session_end();
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start() {
    beast::error_code ignored;
    ignored = stream_.socket().set_option(tcp::no_delay(true), ignored);
    asio::dispatch(stream_.get_executor(),
                   beast::bind_front_handler(&Session::read_head, shared_from_this()));
  }

 private:
  void read_head() {
    parser_.emplace();
    parser_->header_limit(world_.options.header_bytes_max);
    parser_->body_limit(boost::none);  // decided once the head is known
    stream_.expires_after(Deadline(world_.options.idle_timeout_ms));
    http::async_read_header(stream_, buffer_, *parser_,
                            beast::bind_front_handler(&Session::on_head, shared_from_this()));
  }

  void on_head(beast::error_code ec, size_t /*bytes*/) {
    if (ec == http::error::header_limit) return refuse(431);
    if (ec == http::error::end_of_stream || is_transport_error(ec)) return close();
    if (ec) return refuse(400);
    begin_request();
    HttpAdmission admission = world_.handler.admit(head_of(*parser_));
    answer_timeout_ms_ = admission.answer_timeout_ms;
    timed_out_ = std::move(admission.timed_out);
    parser_->body_limit(admission.body_bytes_max);
    too_large_ = std::move(admission.too_large);
    const auto announced = parser_->content_length();
    if (announced && *announced > admission.body_bytes_max) return refuse(std::move(too_large_));
    // Beast reads as much at a time as its buffer has room for, and never makes room by itself. A
    // connection without a large body needs none.
    if (!announced || *announced > kSmallBodyBytes) buffer_.reserve(kReadBytes);
    stream_.expires_after(Deadline(world_.options.read_timeout_ms));
    if (!beast::iequals(parser_->get()[http::field::expect], "100-continue")) return read_body();
    async_write(stream_, asio::buffer(kContinue),
                beast::bind_front_handler(&Session::on_continued, shared_from_this()));
  }

  void on_continued(beast::error_code ec, size_t /*bytes*/) { return ec ? close() : read_body(); }

  void read_body() {
    http::async_read(stream_, buffer_, *parser_,
                     beast::bind_front_handler(&Session::on_body, shared_from_this()));
  }

  void on_body(beast::error_code ec, size_t /*bytes*/) {
    if (ec == http::error::body_limit) return refuse(std::move(too_large_));
    if (is_transport_error(ec) || ec == http::error::partial_message) return close();
    if (ec) return refuse(400);
    // The answer may take as long as the disk does.
    stream_.expires_never();
    is_head_ = parser_->get().method() == http::verb::head;
    keep_alive_ = parser_->get().keep_alive();
    HttpRequest request = head_of(*parser_);
    request.body = std::move(parser_->get().body());
    ++turn_;
    if (answer_timeout_ms_ > 0) start_answer_timer();
    auto respond = [self = shared_from_this(), turn = turn_](HttpResponse response) {
      asio::dispatch(self->stream_.get_executor(),
                     [self, turn, answer = std::move(response)]() mutable {
                       self->answer(turn, std::move(answer));
                     });
    };
    world_.handler.handle(std::move(request), std::move(respond));
  }

  void start_answer_timer() {
    answer_timer_.expires_after(Deadline(answer_timeout_ms_));
    answer_timer_.async_wait([self = shared_from_this(), turn = turn_](beast::error_code ec) {
      if (!ec) self->answer(turn, std::move(self->timed_out_));
    });
  }

  // The first answer to a request counts: the handler's, or that its time has passed.
  void answer(uint64_t turn, HttpResponse response) {
    if (turn != turn_) return;
    ++turn_;
    answer_timer_.cancel();
    if (world_.owner.is_draining()) keep_alive_ = false;
    write(std::move(response));
  }

  void begin_request() {
    is_under_way_ = true;
    world_.owner.on_request_begin();
  }
  void end_request() {
    if (!is_under_way_) return;
    is_under_way_ = false;
    world_.owner.on_request_end();
  }

  // Answers without having read the whole request, and closes.
  void refuse(HttpResponse response) {
    keep_alive_ = false;
    is_head_ = false;
    write(std::move(response));
  }
  void refuse(uint32_t status) {
    refuse(HttpResponse{.status = status, .headers = {}, .body = {}});
  }

  void write(HttpResponse response) {
    response_ = {};
    response_.version(11);
    response_.result(response.status);
    response_.set(http::field::server, "edgehose");
    for (const auto& [name, value] : response.headers) response_.insert(name, value);
    response_.keep_alive(keep_alive_);
    const bool has_body = response.status != 204 && response.status != 304;
    if (is_head_) {
      response_.content_length(response.head_bytes);
    } else if (has_body) {
      response_.content_length(response.body.size());
      response_.body() = std::move(response.body);
    }
    serializer_.emplace(response_);
    serializer_->split(is_head_);
    stream_.expires_after(Deadline(world_.options.read_timeout_ms));
    auto done = beast::bind_front_handler(&Session::on_written, shared_from_this());
    if (is_head_) return http::async_write_header(stream_, *serializer_, std::move(done));
    http::async_write(stream_, *serializer_, std::move(done));
  }

  void on_written(beast::error_code ec, size_t /*bytes*/) {
    serializer_.reset();
    end_request();
    if (ec || !keep_alive_) return close();
    read_head();
  }

  void close() {
    beast::error_code ignored;
    ignored = stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  }

  static bool is_transport_error(beast::error_code ec) {
    return ec && ec.category() != http::make_error_code(http::error::bad_method).category();
  }

  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

  beast::tcp_stream stream_;
  asio::steady_timer answer_timer_;
  const SessionWorld& world_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  http::response<http::string_body> response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  HttpResponse too_large_;
  HttpResponse timed_out_;
  uint32_t answer_timeout_ms_ = 0;
  uint64_t turn_ = 0;  // even between requests, odd while one waits for its answer
  bool is_under_way_ = false;
  bool keep_alive_ = false;
  bool is_head_ = false;
};

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& [header, value] : headers) {
    if (header == name) return value;
  }
  return {};
}

bool HttpRequest::has_header(std::string_view name) const {
  for (const auto& [header, value] : headers) {
    if (header == name) return true;
  }
  return false;
}

class HttpServer::Impl final : public SessionOwner {
 public:
  Impl(const HttpServerOptions& options, HttpHandler& handler)
      : options_(options),
        world_{options_, handler, *this},
        acceptor_(context_),
        signals_(context_, SIGINT, SIGTERM),
        pause_(context_) {
    keep_files_for_others();
    listen_on({asio::ip::address_v4::loopback(), options.port});
    signals_.async_wait([this](beast::error_code failed, int) {
      if (!failed) drain();
    });
    accept();
  }

  // Sessions live in handlers of the context: they go, and report, before it does.
  ~Impl() override { is_closing_ = true; }

  uint16_t port() const { return acceptor_.local_endpoint().port(); }
  void stop() { context_.stop(); }

  void run() {
    std::vector<std::thread> threads;
    for (uint32_t i = 1; i < options_.threads; ++i)
      threads.emplace_back([this] { context_.run(); });
    context_.run();
    for (std::thread& thread : threads) thread.join();
  }

  void on_request_begin() override { ++under_way_; }
  void on_request_end() override { --under_way_; }
  bool is_draining() const override { return is_draining_; }

  void on_session_end() override {
    const uint32_t before = sessions_.fetch_sub(1);
    if (before != options_.connections_max || is_closing_) return;
    asio::post(context_, [this] { accept(); });
  }

 private:
  // A process that has no file left for its own data can do nothing: connections get the others.
  void keep_files_for_others() {
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY) return;
    const rlim_t reserve = std::min<rlim_t>(kFilesReserved, files.rlim_cur / 2);
    const rlim_t room = std::max<rlim_t>(files.rlim_cur - reserve, 1);
    if (room < options_.connections_max) options_.connections_max = static_cast<uint32_t>(room);
  }

  void drain() {
    is_draining_ = true;
    beast::error_code ignored;
    ignored = acceptor_.close(ignored);
    drain_pauses_left_ = options_.drain_ms_max / kDrainPause.count();
    wait_for_answers();
  }

  void wait_for_answers() {
    if (under_way_ == 0 || drain_pauses_left_-- <= 0) {
      context_.stop();
      return;
    }
    pause_.expires_after(kDrainPause);
    pause_.async_wait([this](beast::error_code) { wait_for_answers(); });
  }

  void listen_on(const tcp::endpoint& endpoint) {
    try {
      acceptor_.open(endpoint.protocol());
      acceptor_.set_option(asio::socket_base::reuse_address(true));
      acceptor_.bind(endpoint);
      acceptor_.listen();
    } catch (const boost::system::system_error& failure) {
      throw std::runtime_error("cannot listen on 127.0.0.1:" + std::to_string(endpoint.port()) +
                               ": " + failure.code().message());
    }
  }

  void accept() {
    acceptor_.async_accept(
        asio::make_strand(context_),
        [this](beast::error_code ec, tcp::socket socket) { on_accept(ec, std::move(socket)); });
  }

  void on_accept(beast::error_code ec, tcp::socket socket) {
    if (ec == asio::error::operation_aborted || is_draining_) return;
    if (ec) {
      // No file for it, most likely: to ask again at once would only burn the processor.
      pause_.expires_after(kAcceptPause);
      pause_.async_wait([this](beast::error_code failed) {
        if (!failed) accept();
      });
      return;
    }
    const bool has_room = sessions_.fetch_add(1) + 1 < options_.connections_max;
    std::make_shared<Session>(std::move(socket), world_)->start();
    // Without room the next accept waits for the end of a session.
    if (has_room) accept();
  }

  HttpServerOptions options_;
  SessionWorld world_;
  std::atomic<uint32_t> sessions_{0};
  std::atomic<uint32_t> under_way_{0};
  std::atomic<bool> is_closing_{false};
  std::atomic<bool> is_draining_{false};
  int64_t drain_pauses_left_ = 0;
  asio::io_context context_;
  tcp::acceptor acceptor_;
  asio::signal_set signals_;
  asio::steady_timer pause_;
};

HttpServer::HttpServer(const HttpServerOptions& options, HttpHandler& handler)
    : impl_(std::make_unique<Impl>(options, handler)) {}
HttpServer::~HttpServer() = default;
uint16_t HttpServer::port() const { return impl_->port(); }
void HttpServer::run() { impl_->run(); }
void HttpServer::stop() { impl_->stop(); }

}  // namespace edgehose
