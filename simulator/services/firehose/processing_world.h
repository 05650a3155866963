// What simulated Firehose asks of libraries and of users' code: interfaces, since services use no
// library. Any thread may call them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/result.h"

namespace edgehose {

enum class Compression : uint8_t { none, gzip, zip, snappy, hadoop_snappy };

class Compressor {
 public:
  virtual ~Compressor() = default;
  // `name` is that of the member of a ZIP archive; the others have none. Same bytes in, same bytes
  // out.
  [[nodiscard]] virtual Result<std::string> compress(Compression format, std::string_view bytes,
                                                     std::string_view name) const = 0;
  // Gunzips every member; Error::malformed, Error::too_large above bytes_max.
  [[nodiscard]] virtual Result<std::string> gunzip(std::string_view bytes,
                                                   size_t bytes_max) const = 0;
};

class TimeZones {
 public:
  virtual ~TimeZones() = default;
  // IANA names; "UTC" always.
  [[nodiscard]] virtual bool has(std::string_view zone) const = 0;
  [[nodiscard]] virtual int32_t offset_s(std::string_view zone, int64_t utc_ms) const = 0;
};

// What a query of MetadataExtraction gave for one record: `fault` is empty, and `keys` holds the
// members of the object, scalars as text, null as an empty one; or `fault` says why there is none.
struct JqKeys {
  std::vector<std::pair<std::string, std::string>> keys;
  std::string fault;
};

// For one thread at a time.
class JqProgram {
 public:
  virtual ~JqProgram() = default;
  [[nodiscard]] virtual JqKeys run(std::string_view json) = 0;
};

class Jq {
 public:
  virtual ~Jq() = default;
  // nullptr, and `fault` says why: it does not parse, or uses what is refused.
  [[nodiscard]] virtual std::unique_ptr<JqProgram> compile(std::string_view query,
                                                           std::string& fault) const = 0;
};

// A Lambda function's answer as its caller sees it.
struct InvokeResult {
  enum class Kind : uint8_t {
    ok,
    function_error,
    timeout,
    throttled,
    service_error,  // the Lambda service's own
    not_found,
    too_large,
  };
  Kind kind = Kind::ok;
  std::string payload;
  uint32_t duration_ms = 0;
};

class FunctionInvoker {
 public:
  virtual ~FunctionInvoker() = default;
  [[nodiscard]] virtual bool has(std::string_view arn) const = 0;
  // Blocks the calling thread. `payload` and the answer are at most 6 MiB.
  [[nodiscard]] virtual InvokeResult invoke(std::string_view arn, std::string_view payload) = 0;
};

// [mem] The pages say 500 by default, and up to 2,500 when asked for.
inline constexpr uint32_t kActivePartitionsMax = 500;

// A null pointer: what would need it is refused by name.
struct ProcessingWorld {
  const TimeZones* zones = nullptr;
  const Jq* jq = nullptr;
  FunctionInvoker* functions = nullptr;
  // Of a stream at once; what belongs to others goes to the error prefix.
  uint32_t active_partitions_max = kActivePartitionsMax;
};

}  // namespace edgehose
