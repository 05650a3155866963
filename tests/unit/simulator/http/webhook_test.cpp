#include "simulator/http/webhook.h"

#include <catch2/catch.hpp>

#include "tests/unit/simulator/http/webhook_receiver.h"

using namespace edgehose;

namespace {

std::string fault(const char* text, const std::vector<std::string>& hosts = {}) {
  const auto read = read_webhook_url(text, hosts);
  const auto* wrong = std::get_if<std::string>(&read);
  return wrong == nullptr ? "" : *wrong;
}

WebhookUrl url_of(const WebhookReceiver& receiver) {
  return {"127.0.0.1", receiver.port(), "/hook?a=b"};
}

template <typename Holds>
bool soon(const Holds& holds) {
  for (int i = 0; i < 1'000 && !holds(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return holds();
}

}  // namespace

TEST_CASE("webhook: a URL is read into host, port and target") {
  const auto read = read_webhook_url("http://127.0.0.1:8080/services/T0?x=1", {});
  const auto* url = std::get_if<WebhookUrl>(&read);
  REQUIRE(url != nullptr);
  REQUIRE(url->host == "127.0.0.1");
  REQUIRE(url->port == 8080);
  REQUIRE(url->target == "/services/T0?x=1");
  REQUIRE(fault("http://localhost").empty());
  REQUIRE(fault("http://[::1]:9/x").empty());
  for (const char* wrong : {"", "ftp://localhost/", "http://", "http://:80/", "http://localhost:0/",
                            "http://localhost:x/", "http://localhost:65536/", "http://a@localhost/",
                            "http://localhost/a b", "http://localhost/\r\nX: y", "http://[::1/x"}) {
    INFO(wrong);
    REQUIRE_FALSE(fault(wrong).empty());
  }
}

TEST_CASE("webhook: only this machine, unless the file names the host; never https") {
  REQUIRE(fault("http://example.com/x").find("webhook_hosts") != std::string::npos);
  REQUIRE(fault("http://example.com/x", {"example.com"}).empty());
  REQUIRE_FALSE(fault("http://127.0.0.1.example.com/").empty());
  REQUIRE(fault("https://127.0.0.1/x").find("https is not supported") == 0);
}

TEST_CASE("webhook: a message arrives as JSON") {
  WebhookReceiver receiver;
  Webhook webhook(url_of(receiver));
  webhook.post(R"({"text":"x"})");
  const auto requests = receiver.wait(1);
  REQUIRE(requests.size() == 1);
  REQUIRE(requests[0].method == "POST");
  REQUIRE(requests[0].target == "/hook?a=b");
  REQUIRE(requests[0].header("content-type") == "application/json");
  REQUIRE(requests[0].body == R"({"text":"x"})");
  REQUIRE(soon([&webhook] { return webhook.sent() == 1; }));
}

TEST_CASE("webhook: three tries, then it is counted as failed") {
  WebhookReceiver receiver(4);
  Webhook webhook(url_of(receiver), {.pause_ms = 1});
  webhook.post("1");
  webhook.post("2");
  const auto requests = receiver.wait(5);
  REQUIRE(requests.size() == 5);
  REQUIRE(requests[2].body == "1");
  REQUIRE(requests[4].body == "2");
  REQUIRE(soon([&webhook] { return webhook.sent() == 1 && webhook.failed() == 1; }));
}

TEST_CASE("webhook: a full queue drops and counts, and the end waits for no pause") {
  // Nobody listens on port 1.
  Webhook webhook({"127.0.0.1", 1, "/"}, {.queue_max = 2, .pause_ms = 60'000});
  for (int i = 0; i < 10; ++i) webhook.post("x");
  REQUIRE(webhook.dropped() >= 7);
  webhook.stop();
  webhook.post("x");
  REQUIRE(webhook.dropped() >= 8);
  REQUIRE(webhook.sent() == 0);
}
