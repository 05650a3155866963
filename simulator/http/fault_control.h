// /_edgehose/faults and /_edgehose/quota: how a running simulator is told to fail, and to allow
// more. Off unless `edgehose up --control` asked for it: a program under test cannot reach it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "simulator/http/fault_gate.h"
#include "simulator/http/firehose_host.h"
#include "simulator/http/http_server.h"

namespace edgehose {

enum class ControlAccess : uint8_t { off, on };

class FaultControl {
 public:
  // Both outlive it.
  FaultControl(FaultGate& gate, FirehoseHost& host, ControlAccess access)
      : gate_(gate), host_(host), access_(access) {}

  // GET faults, POST faults, DELETE faults[/ID], GET quota, POST quota. False, and nothing
  // answered, for another path.
  [[nodiscard]] bool handle(const HttpRequest& request, const HttpRespond& respond);
  // [{"id","hits","state","text"}], for the status, whether access is on or off.
  [[nodiscard]] std::string faults_json();

 private:
  [[nodiscard]] HttpResponse add_fault(std::string_view body);
  [[nodiscard]] HttpResponse remove_faults(std::string_view id);
  [[nodiscard]] HttpResponse quota();
  void raise(std::string_view body, const HttpRespond& respond);

  FaultGate& gate_;
  FirehoseHost& host_;
  ControlAccess access_;
};

// A page in a browser of this machine reaches loopback too, under a name of its own or with an
// Origin: neither comes from a command.
[[nodiscard]] bool is_from_this_machine(const HttpRequest& request);

// What endpoints of the control answer: JSON on a line of its own.
[[nodiscard]] HttpResponse control_answer(uint32_t status, const nlohmann::json& body);
// What is wrong, and what mends it.
[[nodiscard]] HttpResponse control_problem(uint32_t status, const std::string& what,
                                           const std::string& mend);
// Why this request may control nothing; nothing when it may. `what` is controlled: "faults".
[[nodiscard]] std::optional<HttpResponse> refuse_control(const HttpRequest& request,
                                                         ControlAccess access,
                                                         const std::string& what);

// A raise as it is asked for. One of `factor` and `bytes_s` is set.
struct RaiseRequest {
  std::string stream;         // empty for all
  uint64_t factor_milli = 0;  // of the profile, in thousandths
  uint64_t bytes_s = 0;
};
[[nodiscard]] std::variant<RaiseRequest, std::string> read_raise_request(std::string_view text);

}  // namespace edgehose
