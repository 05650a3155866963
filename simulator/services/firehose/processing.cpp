#include "simulator/services/firehose/processing.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "shared/base/base64.h"
#include "shared/base/json_scan.h"
#include "shared/base/text.h"
#include "simulator/engine/random.h"
#include "simulator/services/firehose/deaggregate.h"
#include "simulator/services/firehose/processing_config.h"
#include "simulator/services/firehose/transform.h"

namespace edgehose {
namespace {

// What a gzip record may become, and the most that one call of a function carries.
constexpr size_t kInflatedBytesMax = 16U << 20;
constexpr size_t kInvokeBytesMax = 6U << 20;
// Beside its data: ids, names and the arrival.
constexpr size_t kEventRecordBytes = 128;
constexpr size_t kEventHeadBytes = 1'024;

AwsError invalid(std::string message) { return {"InvalidArgumentException", std::move(message)}; }

// A record on its way. `raw` is what an error record shows of it: a view into a frame.
struct Item {
  std::string_view raw;
  std::string_view bytes;
  int64_t arrival_ms = 0;
  std::vector<PartitionKey> lambda_keys;
};

struct Failure {
  std::string_view type;  // error-output-type
  std::string_view code;
  std::string_view message;
  uint32_t attempts = 1;
};

struct FailureText {
  std::string_view code;
  std::string_view message;
};

FailureText text_of(InvokeResult::Kind kind) {
  switch (kind) {
    case InvokeResult::Kind::timeout:
      return {"Lambda.FunctionTimedOut", "The Lambda function timed out."};
    case InvokeResult::Kind::throttled:
      return {"Lambda.InvokeLimitExceeded", "The Lambda concurrency limit was exceeded."};
    case InvokeResult::Kind::not_found:
      return {"Lambda.FunctionNotFound", "The Lambda function does not exist."};
    default:
      return {"Lambda.FunctionError",
              "The Lambda function was successfully invoked but it returned an error result."};
  }
}

bool has_json_object(std::string_view bytes) {
  JsonScanner scan(bytes, 256);
  if (scan.peek() != '{' || scan.take_value().empty()) return false;
  return scan.peek() == '\0' && scan.at() == bytes.size();
}

class Processing {
 public:
  Processing(const DeliveryEffect& effect, const ProcessingCall& call, const ProcessingWorld& world,
             const Compressor& compressor)
      : effect_(effect),
        call_(call),
        world_(world),
        compressor_(compressor),
        random_(effect.seed),
        time_(time_in_zone(*effect.config, world, effect.oldest_ms)),
        dropped_(0) {}

  Result<Outputs> run() {
    // The configuration was checked before it was taken.
    const auto processing = read_processing(config());
    processing_ = processing.value();
    if (!processing_.query.empty() && world_.jq != nullptr) {
      std::string unused;
      query_ = world_.jq->compile(processing_.query, unused);
    }
    if (config().has_backup) back_up();
    std::vector<Item> items = source_items();
    if (!processing_.lambda_arn.empty()) items = transform(items);
    for (const Item& item : items) place(item);
    finish_partitions();
    finish_errors();
    if (error_ != Error::none) return error_;
    if (dropped_.count() > 0) outputs_.dropped = dropped_.finish(effect_.oldest_ms);
    return std::move(outputs_);
  }

 private:
  struct Partition {
    std::string key;  // of its object
    std::string bytes;
    uint64_t records = 0;
  };

  const StreamConfig& config() const { return *effect_.config; }

  // --- records in ---

  std::vector<Item> source_items() {
    std::vector<Item> items;
    for (const FramePtr& frame : effect_.frames) {
      for (const std::string_view record : frame->records()) {
        add_source(record, frame->arrival_ms, items);
      }
    }
    return items;
  }

  void add_source(std::string_view record, int64_t arrival_ms, std::vector<Item>& items) {
    std::string_view bytes = record;
    if (processing_.decompresses) {
      auto plain = decompress(record);
      if (!plain) {
        fail({record, record, arrival_ms, {}}, {"decompression-failed", "Decompression failed.",
                                                "The record could not be decompressed.", 1});
        return;
      }
      bytes = texts_.emplace_back(std::move(*plain));
    }
    for (const std::string_view part : deaggregate(bytes, processing_)) {
      // Failures after decompression show the record as it came.
      items.push_back({processing_.decompresses ? record : part, part, arrival_ms, {}});
    }
  }

  std::optional<std::string> decompress(std::string_view record) const {
    auto plain = compressor_.gunzip(record, kInflatedBytesMax);
    if (!plain) return std::nullopt;
    if (!processing_.extracts_messages) return std::move(plain).value();
    std::string messages;
    if (!extract_log_messages(plain.value(), messages)) return std::nullopt;
    return messages;
  }

  // --- transformation ---

  std::vector<Item> transform(const std::vector<Item>& items) {
    std::vector<Item> kept;
    for (size_t from = 0; from < items.size();) {
      const size_t to = batch_end(items, from);
      transform_batch(std::span(items).subspan(from, to - from), from, kept);
      from = to;
    }
    return kept;
  }

  // Records up to the configured size, and never more than a call carries.
  size_t batch_end(const std::vector<Item>& items, size_t from) const {
    uint64_t bytes = 0;
    uint64_t event_bytes = kEventHeadBytes;
    size_t to = from;
    while (to < items.size()) {
      bytes += items[to].bytes.size();
      event_bytes += base64_bytes(items[to].bytes.size()) + kEventRecordBytes;
      const bool fits = bytes <= processing_.lambda_buffer_bytes && event_bytes <= kInvokeBytesMax;
      if (!fits && to > from) break;
      ++to;
    }
    return to;
  }

  void transform_batch(std::span<const Item> batch, uint64_t first_id, std::vector<Item>& kept) {
    std::vector<TransformRecord> records;
    records.reserve(batch.size());
    for (const Item& item : batch) records.push_back({item.bytes, item.arrival_ms});
    TransformCall call{call_.stream_arn, call_.region, {}, first_id};
    InvokeResult answer;
    uint32_t attempts = 0;
    do {
      // Each attempt has an id of its own; the records keep theirs.
      std::string invocation_id;
      append_uuid(invocation_id, random_);
      call.invocation_id = invocation_id;
      ++attempts;
      answer = invoke(transform_event(call, records));
    } while (answer.kind != InvokeResult::Kind::ok && attempts <= processing_.lambda_retries);
    if (answer.kind != InvokeResult::Kind::ok) {
      const FailureText text = text_of(answer.kind);
      for (const Item& item : batch) {
        fail(item, {"processing-failed", text.code, text.message, attempts});
      }
      return;
    }
    auto results = read_transform_answer(answer.payload, call, batch.size());
    for (size_t i = 0; i < batch.size(); ++i) take_result(batch[i], results[i], attempts, kept);
  }

  InvokeResult invoke(const std::string& event) {
    if (world_.functions == nullptr) return {.kind = InvokeResult::Kind::not_found, .payload = {}};
    return world_.functions->invoke(processing_.lambda_arn, event);
  }

  void take_result(const Item& item, TransformResult& result, uint32_t attempts,
                   std::vector<Item>& kept) {
    switch (result.kind) {
      case TransformResult::Kind::ok:
        kept.push_back({item.raw, texts_.emplace_back(std::move(result.bytes)), item.arrival_ms,
                        std::move(result.keys)});
        return;
      case TransformResult::Kind::dropped:
        dropped_.add(item.raw);
        return;
      case TransformResult::Kind::failed:
        fail(item, {"processing-failed", result.code, result.message, attempts});
        return;
    }
  }

  // --- partitions ---

  void place(const Item& item) {
    std::vector<PartitionKey> query_keys;
    if (query_ != nullptr) {
      const std::string_view why = read_keys(item, query_keys);
      if (!why.empty()) return fail_extraction(item, why);
    }
    Partition* partition = find_partition(item, query_keys);
    if (partition == nullptr) return;
    partition->bytes.append(item.bytes);
    if (processing_.delimiter) partition->bytes.append(*processing_.delimiter);
    ++partition->records;
  }

  // Empty, or why there are no keys: the texts are AWS's.
  std::string_view read_keys(const Item& item, std::vector<PartitionKey>& keys) {
    if (!has_json_object(trim(item.bytes))) return "Non JSON record provided";
    JqKeys found = query_->run(item.bytes);
    if (!found.fault.empty()) return texts_.emplace_back(std::move(found.fault));
    for (const auto& [name, value] : found.keys) {
      if (value.empty()) return "partitionKeys values must not be null or empty";
    }
    keys = std::move(found.keys);
    return "";
  }

  void fail_extraction(const Item& item, std::string_view why) {
    fail(item,
         {"metadata-extraction-failed", "DynamicPartitioning.MetadataExtractionFailed", why, 1});
  }

  // nullptr when the record failed on the way.
  Partition* find_partition(const Item& item, const std::vector<PartitionKey>& query_keys) {
    std::string name;
    if (config().is_partitioned && !name_partition(item, query_keys, name)) return nullptr;
    const auto found = partition_numbers_.find(name);
    if (found != partition_numbers_.end()) return &partitions_[found->second];
    if (config().is_partitioned && partitions_.size() >= world_.active_partitions_max) {
      fail(item, {"activePartitionExceeded", "DynamicPartitioning.ActivePartitionsLimitExceeded",
                  "The limit of active partitions of the delivery stream was exceeded.", 1});
      return nullptr;
    }
    const std::string key = object_key(config(), inputs_of(item, query_keys, "", next_uuid()));
    if (key.size() > kEvaluatedPrefixBytesMax + kNameBytesMax) {
      fail_extraction(item, "The evaluated prefix is longer than 512 characters");
      return nullptr;
    }
    partition_numbers_.emplace(std::move(name), partitions_.size());
    partitions_.push_back({key, {}, 0});
    return &partitions_.back();
  }

  // The values of the keys that the prefix names. False when the function gave none for one.
  bool name_partition(const Item& item, const std::vector<PartitionKey>& query_keys,
                      std::string& name) {
    for (const PrefixPiece& piece : parse_prefix(config().prefix, PrefixUse::partitioned).pieces) {
      const bool from_lambda = piece.kind == PrefixPiece::Kind::key_from_lambda;
      if (!from_lambda && piece.kind != PrefixPiece::Kind::key_from_query) continue;
      const auto& keys = from_lambda ? item.lambda_keys : query_keys;
      const auto key = std::find_if(keys.begin(), keys.end(),
                                    [&](const PartitionKey& k) { return k.first == piece.text; });
      if (key == keys.end() || key->second.empty()) {
        fail_extraction(item, "partitionKeys values must not be null or empty");
        return false;
      }
      // A value may hold any byte: its length keeps neighbours apart.
      append_number(name, static_cast<int64_t>(key->second.size()));
      name.append(":").append(key->second);
    }
    return true;
  }

  // --- objects out ---

  std::string_view next_uuid() {
    std::string uuid;
    append_uuid(uuid, random_);
    return texts_.emplace_back(std::move(uuid));
  }

  KeyInputs inputs_of(const Item& item, const std::vector<PartitionKey>& query_keys,
                      std::string_view type, std::string_view uuid) {
    drawn_.clear();
    for (int i = 0; i < kRandomStringsMax; ++i) drawn_.push_back(random_.next());
    return {.prefix = {.time = time_,
                       .random = drawn_,
                       .error_output_type = type,
                       .query_keys = query_keys,
                       .lambda_keys = item.lambda_keys},
            .uuid = uuid};
  }

  void add_object(OutputObject object, Compression compression) {
    if (compression != Compression::none) {
      const std::string_view name = std::string_view(object.key).substr(object.key.rfind('/') + 1);
      auto packed = compressor_.compress(compression, object.bytes, name);
      if (!packed) {
        error_ = packed.error();
        return;
      }
      object.bytes = std::move(packed).value();
    }
    outputs_.objects.push_back(std::move(object));
  }

  void back_up() {
    OutputObject object{OutputObject::Kind::backup, config().backup->bucket, {}, 0, {}};
    object.key = backup_key(config(), inputs_of({}, {}, "", next_uuid()));
    for (const FramePtr& frame : effect_.frames) {
      object.bytes.append(frame->payload());
      object.records += frame->count;
    }
    add_object(std::move(object), config().backup->compression);
  }

  void finish_partitions() {
    for (Partition& partition : partitions_) {
      add_object({OutputObject::Kind::records, effect_.bucket, std::move(partition.key),
                  partition.records, std::move(partition.bytes)},
                 config().compression);
    }
  }

  // One JSON object a line; numbers, not strings as the documentation prints them.
  void fail(const Item& item, const Failure& failure) {
    Partition& lines = errors_[std::string(failure.type)];
    ++lines.records;
    note(failure);
    std::string& out = lines.bytes;
    out.append("{\"attemptsMade\":");
    append_number(out, int64_t{failure.attempts});
    out.append(",\"arrivalTimestamp\":");
    append_number(out, item.arrival_ms);
    out.append(",\"errorCode\":");
    json_append_string(out, failure.code);
    out.append(",\"errorMessage\":");
    json_append_string(out, failure.message);
    out.append(",\"attemptEndingTimestamp\":");
    append_number(out, effect_.now_ms);
    out.append(",\"rawData\":\"");
    base64_append(out, item.raw);
    out.append("\"");
    if (!processing_.lambda_arn.empty()) {
      out.append(",\"lambdaArn\":");
      json_append_string(out, processing_.lambda_arn);
    }
    out.append("}\n");
  }

  void note(const Failure& failure) {
    auto known = std::find_if(outputs_.problems.begin(), outputs_.problems.end(),
                              [&](const DeliveryProblem& p) { return p.code == failure.code; });
    if (known == outputs_.problems.end()) {
      known = outputs_.problems.insert(
          known, {.code = std::string(failure.code), .message = std::string(failure.message)});
    }
    ++known->records;
  }

  void finish_errors() {
    for (auto& [type, lines] : errors_) {
      add_object({OutputObject::Kind::errors, effect_.bucket,
                  error_key(config(), inputs_of({}, {}, type, next_uuid())), lines.records,
                  std::move(lines.bytes)},
                 Compression::none);
    }
  }

  // More random strings than a prefix of 1,024 characters can ask for are never drawn.
  static constexpr int kRandomStringsMax = 48;
  // Name, version, time, uuid and extension behind a prefix.
  static constexpr size_t kNameBytesMax = 64 + 1 + 20 + 1 + 19 + 1 + 36 + 128;

  const DeliveryEffect& effect_;
  const ProcessingCall& call_;
  const ProcessingWorld& world_;
  const Compressor& compressor_;
  Random random_;
  CivilTime time_;
  ProcessingConfig processing_;
  std::unique_ptr<JqProgram> query_;
  std::deque<std::string> texts_;  // what views point into
  std::vector<uint64_t> drawn_;
  std::vector<Partition> partitions_;  // in the order of their first record
  std::map<std::string, size_t> partition_numbers_;
  std::map<std::string, Partition> errors_;  // by error-output-type
  FrameBuilder dropped_;
  Outputs outputs_;
  Error error_ = Error::none;
};

}  // namespace

std::optional<AwsError> check_in_world(const StreamConfig& config, const ProcessingWorld& world) {
  const std::string& zone = config.time_zone;
  if (!zone.empty() && zone != "UTC" && (world.zones == nullptr || !world.zones->has(zone))) {
    return invalid("CustomTimeZone " + zone + " is not known.");
  }
  const auto processing = read_processing(config);
  if (!processing) return processing.error();
  const ProcessingConfig& to = processing.value();
  if (!to.query.empty()) {
    std::string fault = "this simulator was built without jq";
    if (world.jq == nullptr || world.jq->compile(to.query, fault) == nullptr) {
      return invalid("MetadataExtractionQuery: " + fault + ".");
    }
  }
  if (!to.lambda_arn.empty() &&
      (world.functions == nullptr || !world.functions->has(to.lambda_arn))) {
    return invalid("LambdaArn " + to.lambda_arn +
                   ": this simulator has no such function; start it with --function NAME=FILE.");
  }
  return std::nullopt;
}

CivilTime time_in_zone(const StreamConfig& config, const ProcessingWorld& world, int64_t utc_ms) {
  const bool is_utc =
      config.time_zone.empty() || config.time_zone == "UTC" || world.zones == nullptr;
  const int64_t offset_s = is_utc ? 0 : world.zones->offset_s(config.time_zone, utc_ms);
  return civil_from_ms(utc_ms + offset_s * 1'000);
}

bool is_delivered_as_is(const StreamConfig& config) {
  if (config.is_partitioned || config.has_backup) return false;
  const auto processing = read_processing(config);
  return processing && processing.value().is_plain();
}

Result<Outputs> process_segment(const DeliveryEffect& effect, const ProcessingCall& call,
                                const ProcessingWorld& world, const Compressor& compressor) {
  return Processing(effect, call, world, compressor).run();
}

}  // namespace edgehose
