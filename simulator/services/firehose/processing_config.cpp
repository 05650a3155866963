#include "simulator/services/firehose/processing_config.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "shared/base/base64.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr size_t kProcessorsMax = 5;
constexpr size_t kParameterBytesMax = 5'120;
constexpr uint32_t kPartitionMiBMin = 64;
constexpr uint32_t kPartitionIntervalMinS = 60;
constexpr size_t kPartitionKeysMax = 50;
constexpr uint32_t kRetriesMax = 300;
constexpr uint32_t kLambdaIntervalMaxS = 900;
// Parts of a MiB, for a size that AWS takes with a fraction.
constexpr uint64_t kMilli = 1'000;
constexpr uint64_t kLambdaMilliMiBMin = 200;
constexpr uint64_t kLambdaMilliMiBMax = 3'000;

AwsError invalid(std::string message) { return {"InvalidArgumentException", std::move(message)}; }

struct ProcessorRule {
  std::string_view type;
  std::array<std::string_view, 5> parameters;
};
constexpr std::array<ProcessorRule, 6> kRules = {{
    {"RecordDeAggregation", {"SubRecordType", "Delimiter"}},
    {"Decompression", {"CompressionFormat"}},
    {"CloudWatchLogProcessing", {"DataMessageExtraction"}},
    {"Lambda",
     {"LambdaArn", "NumberOfRetries", "RoleArn", "BufferSizeInMBs", "BufferIntervalInSeconds"}},
    {"MetadataExtraction", {"MetadataExtractionQuery", "JsonParsingEngine"}},
    {"AppendDelimiterToRecord", {"Delimiter"}},
}};

const std::string* find_parameter(const Processor& processor, std::string_view name) {
  for (const auto& [known, value] : processor.parameters) {
    if (known == name) return &value;
  }
  return nullptr;
}

std::optional<AwsError> check_parameters(const Processor& processor) {
  const auto* const rule =
      std::find_if(kRules.begin(), kRules.end(),
                   [&](const ProcessorRule& known) { return known.type == processor.type; });
  if (rule == kRules.end()) {
    return constraint_error(processor.type, "processors.member.type",
                            "Member must satisfy enum value set: [RecordDeAggregation, "
                            "Decompression, CloudWatchLogProcessing, Lambda, MetadataExtraction, "
                            "AppendDelimiterToRecord]");
  }
  for (const auto& [name, value] : processor.parameters) {
    const auto known = std::find(rule->parameters.begin(), rule->parameters.end(), name);
    if (name.empty() || known == rule->parameters.end()) {
      return invalid("Processor " + processor.type + " has no parameter " + name + ".");
    }
    if (value.size() > kParameterBytesMax || trim(value).empty()) {
      return constraint_error(value, "parameters.member.parameterValue",
                              "Member must have length from 1 to 5120 and not be blank");
    }
  }
  return std::nullopt;
}

// A whole number from 0 to `max`.
std::optional<uint32_t> read_whole(std::string_view text, uint32_t max) {
  uint32_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = code == std::errc() && end == text.data() + text.size();
  return is_whole && value <= max ? std::optional(value) : std::nullopt;
}

// "1", "0.2", "2.75" in thousandths; digits beyond the third are cut.
std::optional<uint64_t> read_milli(std::string_view text) {
  const size_t dot = text.find('.');
  const auto whole = read_whole(text.substr(0, dot), 1'000);
  if (!whole) return std::nullopt;
  uint64_t milli = *whole * kMilli;
  if (dot == std::string_view::npos) return milli;
  uint64_t scale = kMilli / 10;
  if (dot + 1 == text.size()) return std::nullopt;
  for (const char c : text.substr(dot + 1)) {
    if (!is_digit(c)) return std::nullopt;
    milli += static_cast<uint64_t>(c - '0') * scale;
    scale /= 10;
  }
  return milli;
}

// The text "\n" stands for a newline, as deployed configurations write it.
std::string read_delimiter(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_newline = text[i] == '\\' && i + 1 < text.size() && text[i + 1] == 'n';
    out.push_back(is_newline ? '\n' : text[i]);
    if (is_newline) ++i;
  }
  return out;
}

std::optional<AwsError> read_deaggregation(const Processor& processor, ProcessingConfig& to) {
  const std::string* type = find_parameter(processor, "SubRecordType");
  const std::string* delimiter = find_parameter(processor, "Delimiter");
  if (type == nullptr || (*type != "JSON" && *type != "DELIMITED")) {
    return invalid("RecordDeAggregation: SubRecordType must be JSON or DELIMITED.");
  }
  if (*type == "JSON") {
    to.deaggregation = Deaggregation::json;
    if (delimiter == nullptr) return std::nullopt;
    return invalid("RecordDeAggregation: Delimiter is for SubRecordType DELIMITED.");
  }
  to.deaggregation = Deaggregation::delimited;
  if (delimiter == nullptr || !base64_decode(*delimiter, to.sub_record_delimiter) ||
      to.sub_record_delimiter.empty()) {
    return invalid("RecordDeAggregation: Delimiter must be given in base64.");
  }
  return std::nullopt;
}

std::optional<AwsError> read_lambda(const Processor& processor, ProcessingConfig& to) {
  if (!to.lambda_arn.empty()) return invalid("Only one Lambda processor is allowed.");
  const std::string* arn = find_parameter(processor, "LambdaArn");
  if (arn == nullptr || !arn->starts_with("arn:") || arn->find(":lambda:") == std::string::npos) {
    return invalid("Lambda: LambdaArn must be the ARN of a function.");
  }
  to.lambda_arn = *arn;
  if (const std::string* text = find_parameter(processor, "NumberOfRetries")) {
    const auto retries = read_whole(*text, kRetriesMax);
    if (!retries) return invalid("Lambda: NumberOfRetries must be between 0 and 300.");
    to.lambda_retries = *retries;
  }
  if (const std::string* text = find_parameter(processor, "BufferSizeInMBs")) {
    const auto milli = read_milli(*text);
    if (!milli || *milli < kLambdaMilliMiBMin || *milli > kLambdaMilliMiBMax) {
      return invalid("Lambda: BufferSizeInMBs must be between 0.2 and 3.");
    }
    to.lambda_buffer_bytes = *milli * kBufferMiB / kMilli;
  }
  const std::string* interval = find_parameter(processor, "BufferIntervalInSeconds");
  if (interval != nullptr && !read_whole(*interval, kLambdaIntervalMaxS)) {
    return invalid("Lambda: BufferIntervalInSeconds must be between 0 and 900.");
  }
  return std::nullopt;
}

std::optional<AwsError> read_extraction(const Processor& processor, ProcessingConfig& to) {
  const std::string* query = find_parameter(processor, "MetadataExtractionQuery");
  const std::string* engine = find_parameter(processor, "JsonParsingEngine");
  if (query == nullptr)
    return invalid("MetadataExtraction: MetadataExtractionQuery must be given.");
  if (engine == nullptr || *engine != "JQ-1.6") {
    return invalid("MetadataExtraction: JsonParsingEngine must be JQ-1.6.");
  }
  to.query = *query;
  return std::nullopt;
}

std::optional<AwsError> read_processor(const Processor& processor, ProcessingConfig& to) {
  if (processor.type == "RecordDeAggregation") return read_deaggregation(processor, to);
  if (processor.type == "Lambda") return read_lambda(processor, to);
  if (processor.type == "MetadataExtraction") return read_extraction(processor, to);
  if (processor.type == "AppendDelimiterToRecord") {
    const std::string* text = find_parameter(processor, "Delimiter");
    to.delimiter = text == nullptr ? "\n" : read_delimiter(*text);
  }
  if (processor.type == "Decompression") {
    const std::string* format = find_parameter(processor, "CompressionFormat");
    if (format != nullptr && *format != "GZIP") {
      return invalid("Decompression: CompressionFormat must be GZIP.");
    }
    to.decompresses = true;
  }
  if (processor.type == "CloudWatchLogProcessing") {
    const std::string* extracts = find_parameter(processor, "DataMessageExtraction");
    if (extracts == nullptr || (*extracts != "true" && *extracts != "false")) {
      return invalid("CloudWatchLogProcessing: DataMessageExtraction must be true or false.");
    }
    to.extracts_messages = *extracts == "true";
  }
  return std::nullopt;
}

// Keys that a prefix names, sorted, each once.
std::vector<std::string> keys_named(const Prefix& prefix, PrefixPiece::Kind kind) {
  std::vector<std::string> names;
  for (const PrefixPiece& piece : prefix.pieces) {
    if (piece.kind == kind) names.push_back(piece.text);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::optional<AwsError> check_keys(const StreamConfig& config, const ProcessingConfig& processing) {
  const Prefix prefix = parse_prefix(config.prefix, PrefixUse::partitioned);
  const auto from_query = keys_named(prefix, PrefixPiece::Kind::key_from_query);
  const auto from_lambda = keys_named(prefix, PrefixPiece::Kind::key_from_lambda);
  if (from_query.empty() && from_lambda.empty()) {
    return invalid("Prefix must contain partition keys when Dynamic Partitioning is enabled.");
  }
  if (!from_lambda.empty() && processing.lambda_arn.empty()) {
    return invalid("Prefix: partitionKeyFromLambda needs a Lambda processor.");
  }
  if (!from_query.empty() && processing.query.empty()) {
    return invalid("Prefix: partitionKeyFromQuery needs a MetadataExtraction processor.");
  }
  auto defined = query_keys(processing.query);
  if (!defined) return std::nullopt;
  std::sort(defined->begin(), defined->end());
  if (defined->size() > kPartitionKeysMax) {
    return invalid("MetadataExtractionQuery: at most 50 partition keys are allowed.");
  }
  if (*defined == from_query) return std::nullopt;
  return invalid(
      "Prefix: the partition keys of MetadataExtractionQuery and those of partitionKeyFromQuery "
      "must be the same.");
}

std::optional<AwsError> check_partitioning(const StreamConfig& config,
                                           const ProcessingConfig& processing) {
  if (!config.is_partitioned) {
    if (processing.query.empty()) return std::nullopt;
    return invalid("MetadataExtraction needs Dynamic Partitioning to be enabled.");
  }
  // This text is AWS's own.
  if (config.buffer_mib < kPartitionMiBMin) {
    return invalid(
        "BufferingHints.SizeInMBs must be at least 64 when Dynamic Partitioning is enabled.");
  }
  if (config.buffer_interval_s < kPartitionIntervalMinS) {
    return invalid(
        "BufferingHints.IntervalInSeconds must be at least 60 when Dynamic Partitioning is "
        "enabled.");
  }
  return check_keys(config, processing);
}

// Behind a value of an object construction: a comma or the brace that ends it, outside of strings
// and of brackets.
size_t end_of_value(std::string_view query, size_t at) {
  uint32_t open = 0;
  bool in_text = false;
  for (; at < query.size(); ++at) {
    const char c = query[at];
    if (in_text) {
      if (c == '\\') ++at;
      if (c == '"') in_text = false;
      continue;
    }
    if (c == '"') in_text = true;
    if (c == '(' || c == '[' || c == '{') ++open;
    if (open == 0 && (c == ',' || c == '}')) return at;
    if (c == ')' || c == ']' || c == '}') --open;
  }
  return std::string_view::npos;
}

size_t skip_blanks(std::string_view text, size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n')) ++at;
  return at;
}

// A key at query[at], plain or in quotes without escapes; moves behind it.
std::optional<std::string> take_key(std::string_view query, size_t& at) {
  const bool is_quoted = at < query.size() && query[at] == '"';
  if (is_quoted) ++at;
  const size_t start = at;
  while (at < query.size() && (is_quoted ? query[at] != '"' && query[at] != '\\'
                                         : is_alnum(query[at]) || query[at] == '_')) {
    ++at;
  }
  std::string key(query.substr(start, at - start));
  if (is_quoted && (at == query.size() || query[at] != '"')) return std::nullopt;
  if (is_quoted) ++at;
  if (key.empty()) return std::nullopt;
  return key;
}

}  // namespace

Outcome<ProcessingConfig> read_processing(const StreamConfig& config) {
  ProcessingConfig to;
  for (const Processor& processor : config.processors) {
    if (auto error = check_parameters(processor)) return *error;
    if (auto error = read_processor(processor, to)) return *error;
  }
  if (to.extracts_messages && !to.decompresses) {
    return invalid("CloudWatchLogProcessing needs a Decompression processor.");
  }
  return config.is_processing ? to : ProcessingConfig();
}

std::optional<AwsError> check_processing(const StreamConfig& config) {
  if (config.processors.size() > kProcessorsMax) {
    return invalid("ProcessingConfiguration: at most 5 processors are allowed.");
  }
  if (config.is_processing && config.processors.empty()) {
    return invalid("ProcessingConfiguration: Processors must be given when Enabled is true.");
  }
  const auto processing = read_processing(config);
  if (!processing) return processing.error();
  return check_partitioning(config, processing.value());
}

std::optional<std::vector<std::string>> query_keys(std::string_view query) {
  query = trim(query);
  if (!query.starts_with('{')) return std::nullopt;
  std::vector<std::string> keys;
  for (size_t at = 0; at < query.size() && query[at] != '}';) {
    at = skip_blanks(query, at + 1);
    const auto key = take_key(query, at);
    if (!key) return std::nullopt;
    keys.push_back(*key);
    at = end_of_value(query, skip_blanks(query, at));
    if (at == std::string_view::npos) return std::nullopt;
    if (query[at] == '}' && at + 1 != query.size()) return std::nullopt;
  }
  return keys;
}

}  // namespace edgehose
