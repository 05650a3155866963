// Functions that come with the simulator, and what they reach of it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "shared/base/result.h"
#include "simulator/services/firehose/processing_world.h"

namespace edgehose {

// S3 as a function calls it: counted, and subject to faults, as any client's calls.
class ObjectAccess {
 public:
  virtual ~ObjectAccess() = default;
  // Error::not_found: no such bucket or object.
  [[nodiscard]] virtual Result<std::string> get(const std::string& bucket,
                                                const std::string& key) = 0;
  [[nodiscard]] virtual Error put(const std::string& bucket, const std::string& key,
                                  std::string_view bytes) = 0;
};

// Called from several threads at once.
class BuiltinFunction {
 public:
  virtual ~BuiltinFunction() = default;
  [[nodiscard]] virtual InvokeResult invoke(std::string_view event) = 0;
};

// Makes the function that `--function NAME=shaper:BUCKET` asks for. nullptr: there is none of that
// kind. `objects` outlives the function.
using MakeBuiltin = std::function<std::unique_ptr<BuiltinFunction>(
    const std::string& kind, const std::string& argument, ObjectAccess& objects)>;

}  // namespace edgehose
