#include "simulator/services/lambda/builtin_function.h"

#include <catch2/catch.hpp>
#include <map>

using namespace edgehose;

namespace {

struct Objects final : ObjectAccess {
  Result<std::string> get(const std::string& bucket, const std::string& key) override {
    const auto found = all.find(bucket + "/" + key);
    if (found == all.end()) return Error::not_found;
    return found->second;
  }
  Error put(const std::string& bucket, const std::string& key, std::string_view bytes) override {
    all[bucket + "/" + key] = bytes;
    return Error::none;
  }
  std::map<std::string, std::string> all;
};

// Copies the object that the event names into its bucket.
struct Copy final : BuiltinFunction {
  Copy(std::string to, ObjectAccess& access) : bucket(std::move(to)), objects(access) {}
  InvokeResult invoke(std::string_view event) override {
    const auto bytes = objects.get("raw", std::string(event));
    InvokeResult result;
    result.kind = bytes && objects.put(bucket, std::string(event), bytes.value()) == Error::none
                      ? InvokeResult::Kind::ok
                      : InvokeResult::Kind::function_error;
    return result;
  }
  std::string bucket;
  ObjectAccess& objects;
};

}  // namespace

TEST_CASE("builtin function: it is made of its kind and argument, and reaches objects") {
  const MakeBuiltin make = [](const std::string& kind, const std::string& argument,
                              ObjectAccess& objects) {
    return kind == "copy" ? std::make_unique<Copy>(argument, objects) : nullptr;
  };
  Objects objects;
  CHECK(make("other", "lake", objects) == nullptr);
  const auto copy = make("copy", "lake", objects);
  CHECK(copy->invoke("k").kind == InvokeResult::Kind::function_error);
  objects.all["raw/k"] = "v";
  CHECK(copy->invoke("k").kind == InvokeResult::Kind::ok);
  CHECK(objects.all["lake/k"] == "v");
}
