// S3 prefix expressions of Firehose: `!{timestamp:yyyy/MM/dd/HH}`, `!{firehose:random-string}`.
// https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/calendar.h"

namespace edgehose {

// AWS's bounds: what may be configured, and what may come out.
inline constexpr size_t kPrefixBytesMax = 1024;
inline constexpr size_t kEvaluatedPrefixBytesMax = 512;

// Which prefix of a destination is meant: they allow different expressions. `partitioned` is that
// of the objects of a stream with dynamic partitioning.
enum class PrefixUse : uint8_t { objects, partitioned, errors };

struct PrefixPiece {
  enum class Kind : uint8_t {
    text,
    timestamp,
    random_string,
    error_output_type,
    key_from_query,   // !{partitionKeyFromQuery:key}
    key_from_lambda,  // !{partitionKeyFromLambda:key}
  };
  Kind kind = Kind::text;
  std::string text;  // the literal, the pattern of a timestamp, the name of a partition key
};

// A parsed prefix. `fault` is empty, or says what is wrong and where; `pieces` is then of no use.
struct Prefix {
  std::vector<PrefixPiece> pieces;
  std::string fault;

  [[nodiscard]] size_t count(PrefixPiece::Kind kind) const;
  [[nodiscard]] bool has_expressions() const;
};

// Parses what a user configured. A prefix of objects without a timestamp and without partition keys
// gets Firehose's own `yyyy/MM/dd/HH/` appended; it is the caller's duty to demand an error prefix
// beside expressions.
[[nodiscard]] Prefix parse_prefix(std::string_view text, PrefixUse use);

// Name and value.
using PartitionKey = std::pair<std::string, std::string>;

// What an expression is replaced by. `random` holds one value for each random string, in order. A
// key that is not there is replaced by nothing.
struct PrefixInputs {
  CivilTime time;
  std::span<const uint64_t> random;
  std::string_view error_output_type;
  std::span<const PartitionKey> query_keys = {};
  std::span<const PartitionKey> lambda_keys = {};
};
void append_prefix(std::string& out, const Prefix& prefix, const PrefixInputs& inputs);

// Appends `time` by a pattern of Java's DateTimeFormatter in its English locale and UTC. False for
// a pattern that uses letters other than y u M L d D H k K h a m s S A E Q: `out` is then as it
// was.
[[nodiscard]] bool append_formatted(std::string& out, std::string_view pattern,
                                    const CivilTime& time);

}  // namespace edgehose
