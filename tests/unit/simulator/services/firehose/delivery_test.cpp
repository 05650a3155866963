#include "simulator/services/firehose/delivery.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

// Marks what it was given instead of compressing it.
class MarkingCompressor final : public Compressor {
 public:
  Result<std::string> gzip(std::string_view bytes) const override {
    if (bytes == "refuse") return Error::too_large;
    return "<" + std::string(bytes) + ">";
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
  effect.bucket = "lake";
  effect.key = "k";
  effect.compression = compression;
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
  uint64_t bytes = 0;
  const auto effect = effect_of({"a\n", "b", "c\n"}, Compression::none);
  REQUIRE(deliver(effect, {object, compressor}, bytes) == Error::none);
  REQUIRE(object.place == "lake/k");
  REQUIRE(object.content == "a\nbc\n");
  REQUIRE(bytes == 5);
}

TEST_CASE("delivery: a compressed object is one member, its size the stored one") {
  OneObject object;
  const MarkingCompressor compressor;
  uint64_t bytes = 0;
  REQUIRE(deliver(effect_of({"a", "b"}, Compression::gzip), {object, compressor}, bytes) ==
          Error::none);
  REQUIRE(object.content == "<ab>");
  REQUIRE(bytes == 4);
}

TEST_CASE("delivery: failures of store and compressor are reported") {
  OneObject object;
  const MarkingCompressor compressor;
  uint64_t bytes = 0;
  REQUIRE(deliver(effect_of({"refuse"}, Compression::gzip), {object, compressor}, bytes) ==
          Error::too_large);
  REQUIRE(object.content.empty());
  object.answer = Error::out_of_space;
  REQUIRE(deliver(effect_of({"a"}, Compression::none), {object, compressor}, bytes) ==
          Error::out_of_space);
}

TEST_CASE("delivery: a planted double line is written twice, once an object") {
  OneObject object;
  const MarkingCompressor compressor;
  uint64_t bytes = 0;
  const DeliveryWorld world{object, compressor, PlantedFault::double_line};
  REQUIRE(deliver(effect_of({"a\nb\n", "c\n"}, Compression::none), world, bytes) == Error::none);
  REQUIRE(object.content == "a\nb\nc\na\n");
}
