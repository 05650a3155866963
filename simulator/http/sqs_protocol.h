// SQS's wire: AWS JSON 1.0, as every SDK since 2023 speaks it. The older query protocol is refused
// by name.
#pragma once

#include <string>
#include <string_view>

#include "simulator/http/event_host.h"
#include "simulator/http/http_server.h"
#include "simulator/http/sqs_requests.h"

namespace edgehose {

inline constexpr std::string_view kSqsTarget = "AmazonSQS.";

class SqsProtocol {
 public:
  // The host outlives the protocol.
  explicit SqsProtocol(EventHost& host) : host_(host), sqs_(host.sqs()) {}

  // `operation` is what follows the prefix in X-Amz-Target; `host` is the request's Host, of which
  // the URLs of queues are made.
  void handle(std::string_view operation, const std::string& body, std::string_view host,
              const HttpRespond& respond);

 private:
  using Operation = HttpResponse (SqsProtocol::*)(int64_t now_ms, const SqsRequest& request,
                                                  const std::string& base);
  struct Named;
  HttpResponse create(int64_t now_ms, const SqsRequest& request, const std::string& base);
  HttpResponse erase_queue(int64_t now_ms, const SqsRequest& request, const std::string& base);
  HttpResponse get_url(int64_t now_ms, const SqsRequest& request, const std::string& base);
  HttpResponse list(int64_t now_ms, const SqsRequest& request, const std::string& base);
  HttpResponse list_sources(int64_t now_ms, const SqsRequest& request, const std::string& base);
  HttpResponse get_attributes(int64_t now_ms, const SqsRequest& request, const std::string& base);
  HttpResponse set_attributes(int64_t now_ms, const SqsRequest& request, const std::string& base);
  HttpResponse purge(int64_t now_ms, const SqsRequest& request, const std::string& base);
  HttpResponse tag(int64_t now_ms, const SqsRequest& request, const std::string& base);
  HttpResponse untag(int64_t now_ms, const SqsRequest& request, const std::string& base);
  HttpResponse list_tags(int64_t now_ms, const SqsRequest& request, const std::string& base);
  HttpResponse send(int64_t now_ms, const SqsRequest& request, const std::string& base);
  HttpResponse erase(int64_t now_ms, const SqsRequest& request, const std::string& base);
  HttpResponse change_visibility(int64_t now_ms, const SqsRequest& request,
                                 const std::string& base);
  HttpResponse start_move(int64_t now_ms, const SqsRequest& request, const std::string& base);
  HttpResponse list_moves(int64_t now_ms, const SqsRequest& request, const std::string& base);
  HttpResponse cancel_move(int64_t now_ms, const SqsRequest& request, const std::string& base);

  void receive(const std::string& body, const HttpRespond& respond);
  HttpResponse batch(int64_t now_ms, std::string_view operation, SqsBatch& batch);
  Outcome<std::string> perform(int64_t now_ms, std::string_view operation, const std::string& queue,
                               SqsBatchEntry& entry);

  EventHost& host_;
  Sqs& sqs_;
};

// An error as SQS words it, with the header that tells older names.
[[nodiscard]] HttpResponse sqs_error(const AwsError& error);
// What a client of the query protocol is told.
[[nodiscard]] HttpResponse sqs_query_refusal();

}  // namespace edgehose
