// Stand-ins for what Firehose asks of libraries and users: plain enough to say what they do.
#pragma once

#include <functional>

#include "shared/base/json_scan.h"
#include "simulator/services/firehose/processing_world.h"

namespace edgehose {

// The object's own members whose names the "query" lists, separated by commas.
class MemberJq final : public Jq {
 public:
  class Members final : public JqProgram {
   public:
    explicit Members(std::string names) : names_(std::move(names)) {}
    JqKeys run(std::string_view json) override {
      JqKeys found;
      JsonScanner scan(json);
      if (!scan.enter_object()) return {{}, "no object"};
      std::string_view key;
      while (scan.next_member(key)) {
        const std::string name(key.substr(1, key.size() - 2));
        std::string value(scan.take_value());
        if (value.starts_with('"')) value = value.substr(1, value.size() - 2);
        if (value == "null") value.clear();
        if (("," + names_ + ",").find("," + name + ",") != std::string::npos) {
          found.keys.emplace_back(name, value);
        }
      }
      return found;
    }

   private:
    std::string names_;
  };

  std::unique_ptr<JqProgram> compile(std::string_view query, std::string& fault) const override {
    if (query == "bad") {
      fault = "it is bad";
      return nullptr;
    }
    return std::make_unique<Members>(std::string(query));
  }
};

// Nine hours ahead of UTC, in Tokyo alone.
class TokyoZones final : public TimeZones {
 public:
  bool has(std::string_view zone) const override { return zone == "Asia/Tokyo"; }
  int32_t offset_s(std::string_view /*zone*/, int64_t /*utc_ms*/) const override { return 32'400; }
};

// Answers by a function of the test.
class FakeInvoker final : public FunctionInvoker {
 public:
  bool has(std::string_view arn) const override { return arn.ends_with(":known"); }
  InvokeResult invoke(std::string_view /*arn*/, std::string_view payload) override {
    events.emplace_back(payload);
    return answer(payload);
  }
  std::vector<std::string> events;
  std::function<InvokeResult(std::string_view)> answer = [](std::string_view) {
    return InvokeResult{};
  };
};

// The format's number and the text in brackets.
class MarkCompressor final : public Compressor {
 public:
  Result<std::string> compress(Compression format, std::string_view bytes,
                               std::string_view /*name*/) const override {
    return std::to_string(static_cast<int>(format)) + "<" + std::string(bytes) + ">";
  }
  Result<std::string> gunzip(std::string_view bytes, size_t /*bytes_max*/) const override {
    if (!bytes.starts_with("1<")) return Error::malformed;
    return std::string(bytes.substr(2, bytes.size() - 3));
  }
};

}  // namespace edgehose
