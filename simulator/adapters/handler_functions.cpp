#include "simulator/adapters/handler_functions.h"

#include <utility>

#include "shared/base/json_scan.h"

namespace edgehose {

HandlerFunctions::HandlerFunctions(std::vector<HandlerFile> files, std::string region,
                                   std::string account, const Clock& wall_clock)
    : arn_head_("arn:aws:lambda:" + std::move(region) + ":" + std::move(account) + ":function:"),
      clock_(wall_clock),
      request_ids_(real_random_seed()) {
  for (HandlerFile& file : files) {
    const std::string name = file.name;
    files_[name] = std::move(file);
  }
}

std::string HandlerFunctions::name_in(std::string_view arn) const {
  if (!arn.starts_with(arn_head_)) return "";
  arn.remove_prefix(arn_head_.size());
  return std::string(arn.substr(0, arn.find(':')));
}

bool HandlerFunctions::has(std::string_view arn) const { return files_.contains(name_in(arn)); }

std::unique_ptr<HandlerProcess> HandlerFunctions::take(const std::string& name,
                                                       std::string& request_id) {
  const std::lock_guard lock(guard_);
  append_uuid(request_id, request_ids_);
  auto idle = idle_.extract(name);
  if (!idle.empty()) return std::move(idle.mapped());
  return std::make_unique<HandlerProcess>(files_.at(name), clock_);
}

InvokeResult HandlerFunctions::invoke(std::string_view arn, std::string_view payload) {
  const std::string name = name_in(arn);
  if (!files_.contains(name)) {
    return {.kind = InvokeResult::Kind::not_found, .payload = {}, .duration_ms = 0};
  }
  std::string request_id;
  auto process = take(name, request_id);
  const HandlerFile& file = files_.at(name);
  std::string context = "{\"functionName\":";
  json_append_string(context, name);
  context.append(",\"functionVersion\":\"$LATEST\",\"invokedFunctionArn\":");
  json_append_string(context, arn);
  context.append(",\"memoryLimitInMB\":").append(std::to_string(file.memory_mib));
  context.append(",\"timeoutMs\":").append(std::to_string(file.timeout_ms));
  context.append(",\"awsRequestId\":\"").append(request_id).append("\"}");
  InvokeResult result = process->invoke(payload, context);
  const std::lock_guard lock(guard_);
  idle_.emplace(name, std::move(process));
  return result;
}

}  // namespace edgehose
