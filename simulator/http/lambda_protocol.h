// Lambda's wire: REST with JSON bodies. Functions are invoked, mappings of queues made and changed;
// functions themselves are given at the start.
#pragma once

#include <string>

#include "simulator/http/event_host.h"
#include "simulator/http/http_server.h"
#include "simulator/http/lambda_requests.h"

namespace edgehose {

class LambdaProtocol {
 public:
  // The host outlives the protocol.
  explicit LambdaProtocol(EventHost& host) : host_(host), lambda_(host.lambda()) {}
  void handle(const HttpRequest& request, const HttpRespond& respond);

 private:
  void invoke(const std::string& name, const HttpRequest& request, const HttpRespond& respond);
  HttpResponse perform(int64_t now_ms, const LambdaCall& call, const HttpRequest& request);
  HttpResponse list_functions() const;
  HttpResponse list_mappings(const HttpRequest& request) const;
  HttpResponse change_mapping(int64_t now_ms, const LambdaCall& call, const std::string& body);
  HttpResponse change_concurrency(const LambdaCall& call, const std::string& body);

  EventHost& host_;
  Lambda& lambda_;
};

// An error as Lambda words it.
[[nodiscard]] HttpResponse lambda_error(const AwsError& error);

}  // namespace edgehose
