// Firehose's wire: AWS JSON 1.1. Takes requests to the state machine and its answers back. The put
// path builds no JSON document; stream_requests.h reads those of the control plane.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "simulator/engine/fault_plan.h"
#include "simulator/http/firehose_host.h"
#include "simulator/http/http_server.h"

namespace edgehose {

inline constexpr std::string_view kFirehoseTarget = "Firehose_20150804.";

class FirehoseProtocol {
 public:
  // The host outlives the protocol.
  explicit FirehoseProtocol(FirehoseHost& host) : host_(host) {}

  // `operation` is what follows the prefix in X-Amz-Target. `fault` refuses rows of a batch.
  void handle(std::string_view operation, const std::string& body, const HttpRespond& respond,
              const RowFault& fault = {});

 private:
  void put(std::string_view body, PutKind kind, const HttpRespond& respond, const RowFault& fault);
  void control(ControlCall call, const std::string& body, const HttpRespond& respond);
  void create(const std::string& body, const HttpRespond& respond);
  void erase(const std::string& body, const HttpRespond& respond);
  void describe(const std::string& body, const HttpRespond& respond);
  void list(const std::string& body, const HttpRespond& respond);
  void update_destination(const std::string& body, const HttpRespond& respond);
  void tag(const std::string& body, const HttpRespond& respond);
  void untag(const std::string& body, const HttpRespond& respond);
  void list_tags(const std::string& body, const HttpRespond& respond);
  void start_encryption(const std::string& body, const HttpRespond& respond);
  void stop_encryption(const std::string& body, const HttpRespond& respond);
  void set_encryption(const std::string& name, const StreamEncryption& encryption,
                      const HttpRespond& respond);

  FirehoseHost& host_;
};

// An error in AWS JSON form.
[[nodiscard]] HttpResponse json_error(const AwsError& error);
[[nodiscard]] HttpResponse json_response(std::string body);

}  // namespace edgehose
