// The functions of a simulator that are users' handlers: each a few processes, as many at once as
// are asked for at once. Any thread that lives as long as the functions do: a process ends with the
// thread that was the first to need it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "simulator/adapters/handler_process.h"
#include "simulator/engine/random.h"

namespace edgehose {

class HandlerFunctions final : public FunctionInvoker {
 public:
  // ARNs are arn:aws:lambda:<region>:<account>:function:<name>, with or without a version behind.
  // `wall_clock` outlives the functions.
  HandlerFunctions(std::vector<HandlerFile> files, std::string region, std::string account,
                   const Clock& wall_clock);

  [[nodiscard]] bool has(std::string_view arn) const override;
  [[nodiscard]] InvokeResult invoke(std::string_view arn, std::string_view payload) override;

 private:
  // The name in an ARN of this region and account; empty for another.
  [[nodiscard]] std::string name_in(std::string_view arn) const;
  std::unique_ptr<HandlerProcess> take(const std::string& name, std::string& request_id);

  std::map<std::string, HandlerFile> files_;
  std::string arn_head_;
  const Clock& clock_;
  std::mutex guard_;  // of the two below
  std::multimap<std::string, std::unique_ptr<HandlerProcess>> idle_;
  Random request_ids_;
};

}  // namespace edgehose
