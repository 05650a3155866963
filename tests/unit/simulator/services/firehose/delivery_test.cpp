#include "simulator/services/firehose/delivery.h"

#include <catch2/catch.hpp>
#include <map>

using namespace edgehose;

namespace {

// Marks what it was given instead of compressing it.
class MarkingCompressor final : public Compressor {
 public:
  Result<std::string> compress(Compression /*format*/, std::string_view bytes,
                               std::string_view name) const override {
    if (bytes == "refuse") return Error::too_large;
    return std::string(name) + "<" + std::string(bytes) + ">";
  }
  Result<std::string> gunzip(std::string_view /*bytes*/, size_t /*bytes_max*/) const override {
    return Error::malformed;
  }
};

class OneObject final : public ObjectSink {
 public:
  Error put_delivered(const std::string& bucket, const std::string& key,
                      std::span<const std::string_view> parts) override {
    place = bucket + "/" + key;
    for (std::string_view part : parts) content.append(part);
    return answer;
  }
  std::string place;
  std::string content;
  Error answer = Error::none;
};

DeliveryEffect effect_of(std::initializer_list<const char*> records, Compression compression) {
  DeliveryEffect effect;
  StreamConfig config;
  config.compression = compression;
  effect.config = std::make_shared<const StreamConfig>(config);
  effect.bucket = "lake";
  effect.key = "h=1/k";
  for (const char* record : records) {
    FrameBuilder builder(0);
    builder.add(record);
    effect.frames.push_back(std::make_shared<const Frame>(builder.finish(0)));
  }
  return effect;
}

}  // namespace

TEST_CASE("delivery: records go into one object without a delimiter") {
  OneObject object;
  const MarkingCompressor compressor;
  DeliveryReport report;
  const auto effect = effect_of({"a\n", "b", "c\n"}, Compression::none);
  REQUIRE(deliver(effect, {object, compressor}, report) == Error::none);
  REQUIRE(object.place == "lake/h=1/k");
  REQUIRE(object.content == "a\nbc\n");
  REQUIRE(report.bytes == 5);
}

TEST_CASE("delivery: a compressed object is one member, its size the stored one") {
  OneObject object;
  const MarkingCompressor compressor;
  DeliveryReport report;
  REQUIRE(deliver(effect_of({"a", "b"}, Compression::gzip), {object, compressor}, report) ==
          Error::none);
  REQUIRE(object.content == "k<ab>");
  REQUIRE(report.bytes == 5);
}

TEST_CASE("delivery: failures of store and compressor are reported") {
  OneObject object;
  const MarkingCompressor compressor;
  DeliveryReport report;
  REQUIRE(deliver(effect_of({"refuse"}, Compression::gzip), {object, compressor}, report) ==
          Error::too_large);
  REQUIRE(object.content.empty());
  object.answer = Error::out_of_space;
  REQUIRE(deliver(effect_of({"a"}, Compression::none), {object, compressor}, report) ==
          Error::out_of_space);
}

TEST_CASE("delivery: what S3 refuses is in the log of its destination, where it has one") {
  struct Log final : DeliveryLog {
    void write(const std::string& group, const std::string& stream, int64_t now_ms,
               std::string message) override {
      entries.push_back(group + "|" + stream + "|" + std::to_string(now_ms) + "|" + message);
    }
    std::vector<std::string> entries;
  };
  OneObject object;
  object.answer = Error::not_found;
  const MarkingCompressor compressor;
  Log log;
  const DeliveryWorld world{
      .sink = object, .compressor = compressor, .region = "r", .account = "1", .log = &log};
  auto effect = effect_of({"a"}, Compression::none);
  effect.stream = "s";
  effect.now_ms = 7;
  DeliveryReport report;
  REQUIRE(deliver(effect, world, report) == Error::not_found);
  REQUIRE(log.entries.empty());
  StreamConfig config = *effect.config;
  config.bucket = "lake";
  config.is_logging = true;
  config.log_group = "g";
  config.log_stream = "d";
  effect.config = std::make_shared<const StreamConfig>(config);
  REQUIRE(deliver(effect, world, report) == Error::not_found);
  REQUIRE(log.entries.size() == 1);
  REQUIRE(log.entries[0] ==
          R"(g|d|7|{"deliveryStreamARN":"arn:aws:firehose:r:1:deliverystream/s",)"
          R"("destination":"arn:aws:s3:::lake","deliveryStreamVersionId":1,)"
          R"("message":"The specified bucket does not exist.","errorCode":"S3.NoSuchBucket"})");
  object.answer = Error::none;
  REQUIRE(deliver(effect, world, report) == Error::none);
  REQUIRE(log.entries.size() == 1);
}

TEST_CASE("delivery: a planted double line is written twice, once an object") {
  OneObject object;
  const MarkingCompressor compressor;
  DeliveryReport report;
  const DeliveryWorld world{
      .sink = object, .compressor = compressor, .planted = PlantedFault::double_line};
  REQUIRE(deliver(effect_of({"a\nb\n", "c\n"}, Compression::none), world, report) == Error::none);
  REQUIRE(object.content == "a\nb\nc\na\n");
}

TEST_CASE("delivery: a delimiter goes behind each record") {
  OneObject object;
  const MarkingCompressor compressor;
  auto effect = effect_of({"a", "b"}, Compression::none);
  StreamConfig config = *effect.config;
  config.is_processing = true;
  config.processors = {{"AppendDelimiterToRecord", {}}};
  effect.config = std::make_shared<const StreamConfig>(config);
  DeliveryReport report;
  REQUIRE(deliver(effect, {object, compressor}, report) == Error::none);
  REQUIRE(object.content == "a\nb\n");
}

namespace {

// Keeps outputs in memory, and says no where it is told to.
class MemoryOutputs final : public OutputStore {
 public:
  Error store(const std::string& stream, uint64_t segment, const Outputs& outputs) override {
    if (answer == Error::none) kept[{stream, segment}] = encode_outputs(outputs);
    ++stores;
    return answer;
  }
  Result<StoredOutputs> load(const std::string& stream, uint64_t segment) const override {
    const auto found = kept.find({stream, segment});
    if (found == kept.end()) return Error::not_found;
    return *decode_outputs(found->second);
  }
  std::map<std::pair<std::string, uint64_t>, std::string> kept;
  Error answer = Error::none;
  int stores = 0;
};

}  // namespace

TEST_CASE("delivery: what processing made is kept before it is written, and made once") {
  OneObject object;
  MemoryOutputs outputs;
  const MarkingCompressor compressor;
  const ProcessingWorld processing;
  auto effect = effect_of({R"({"a":1}{"b":2})"}, Compression::none);
  StreamConfig config;
  config.name = "s";
  config.is_processing = true;
  config.processors = {{"RecordDeAggregation", {{"SubRecordType", "JSON"}}},
                       {"AppendDelimiterToRecord", {}}};
  effect.config = std::make_shared<const StreamConfig>(config);
  effect.stream = "s";
  effect.key.clear();
  const DeliveryWorld world{
      .sink = object, .compressor = compressor, .outputs = &outputs, .processing = &processing};
  DeliveryReport report;
  outputs.answer = Error::out_of_space;
  REQUIRE(deliver(effect, world, report) == Error::out_of_space);
  REQUIRE(object.content.empty());
  outputs.answer = Error::none;
  object.answer = Error::not_found;
  REQUIRE(deliver(effect, world, report) == Error::not_found);
  REQUIRE(outputs.stores == 2);
  object.content.clear();
  object.answer = Error::none;
  REQUIRE(deliver(effect, world, report) == Error::none);
  REQUIRE(outputs.stores == 2);
  REQUIRE(object.content == "{\"a\":1}\n{\"b\":2}\n");
  REQUIRE(report.objects == 1);
}
