#include "simulator/services/s3/multipart.h"

#include <catch2/catch.hpp>

#include "tests/unit/simulator/services/s3/map_backend.h"

using namespace edgehose;

namespace {

struct World {
  World() {
    REQUIRE(backend.create_bucket("lake", 1) == Error::none);
    name.id = multipart.begin({.id = {}, .bucket = "lake", .key = "k", .headers = {}}).value();
  }
  void put(uint32_t number, std::string_view content, uint64_t bytes = kPartBytesMin) {
    backend.part_bytes = bytes;
    REQUIRE(multipart.put_part(name, number, content, {{"x-amz-checksum-crc32", "sum"}}));
  }
  std::string assemble(const std::vector<CompletedPart>& listed) {
    const auto assembly = multipart.assemble(name, listed);
    return assembly ? "" : assembly.error().code;
  }

  MapBackend backend;
  Multipart multipart{backend};
  UploadName name{"lake", "k", ""};
};

}  // namespace

TEST_CASE("multipart: parts listed in order make the object, and the upload is over") {
  World world;
  world.put(3, "c", 1);
  world.put(1, "a");
  world.put(2, "not listed");
  const std::vector<CompletedPart> listed = {
      {.number = 1, .etag = "a", .checksums = {{"x-amz-checksum-crc32", "sum"}}},
      {.number = 3, .etag = "c"}};
  const auto assembly = world.multipart.assemble(world.name, listed);
  REQUIRE(assembly);
  REQUIRE(world.multipart.read_part(assembly.value(), 3).value() == "c");
  REQUIRE(world.multipart.complete(assembly.value(), {}, {}));
  REQUIRE(world.backend.read("lake", "k", 0, 9).value() == "ac");
  REQUIRE(world.multipart.abort(world.name)->code == "NoSuchUpload");
  REQUIRE(world.multipart.put_part(world.name, 1, "", {}).error().code == "NoSuchUpload");
}

TEST_CASE("multipart: what makes no object is named") {
  World world;
  world.put(1, "a");
  world.put(2, "b", kPartBytesMin - 1);
  world.put(3, "c");
  REQUIRE(world.assemble({{.number = 1, .etag = "a"}, {.number = 2, .etag = "b"}}).empty());
  REQUIRE(world.assemble({{.number = 2, .etag = "b"}, {.number = 3, .etag = "c"}}) ==
          "EntityTooSmall");
  REQUIRE(world.assemble({{.number = 2, .etag = "b"}, {.number = 1, .etag = "a"}}) ==
          "InvalidPartOrder");
  REQUIRE(world.assemble({{.number = 1, .etag = "a"}, {.number = 1, .etag = "a"}}) ==
          "InvalidPartOrder");
  REQUIRE(world.assemble({{.number = 1, .etag = "b"}}) == "InvalidPart");
  REQUIRE(world.assemble({{.number = 4, .etag = "a"}}) == "InvalidPart");
  REQUIRE(world.assemble(
              {{.number = 1, .etag = "a", .checksums = {{"x-amz-checksum-crc32", "other"}}}}) ==
          "InvalidPart");
  REQUIRE(world.assemble({}) == "MalformedXML");
  world.put(4, "d", kAssembledBytesMax);
  REQUIRE(world.assemble({{.number = 1, .etag = "a"}, {.number = 4, .etag = "d"}}) ==
          "EntityTooLarge");
}

TEST_CASE("multipart: an upload answers to its bucket, key and id together") {
  World world;
  const UploadName wrong =
      GENERATE_COPY(UploadName{"lake", "other", world.name.id}, UploadName{"lake", "k", "none"},
                    UploadName{"lake", "k", "../.."});
  REQUIRE(world.multipart.find(wrong).error().code == "NoSuchUpload");
  REQUIRE(world.multipart.find({"none", "k", world.name.id}).error().code == "NoSuchBucket");
  REQUIRE(world.multipart.find({"..", "k", world.name.id}).error().code == "NoSuchBucket");
  REQUIRE(world.multipart.find(world.name));
}

TEST_CASE("multipart: part numbers go from 1 to 10,000") {
  World world;
  for (uint32_t number : {0U, 10'001U}) {
    REQUIRE(world.multipart.put_part(world.name, number, "", {}).error().code == "InvalidArgument");
  }
  for (uint32_t number : {1U, 10'000U}) REQUIRE_FALSE(check_part_number(number));
}

TEST_CASE("multipart: lists come in pages") {
  World world;
  for (uint32_t number : {9U, 2U, 5U}) world.put(number, "x");
  const auto first = world.multipart.list_parts(world.name, 0, 2).value();
  REQUIRE(first.entries.at(1).number == 5);
  REQUIRE(first.has_more);
  const auto rest = world.multipart.list_parts(world.name, 5, 2).value();
  REQUIRE(rest.entries.at(0).number == 9);
  REQUIRE_FALSE(rest.has_more);

  const UploadInfo other{.id = {}, .bucket = "lake", .key = "other", .headers = {}};
  REQUIRE(world.multipart.begin(other));
  const auto all = world.multipart.list_uploads("lake", "", {}, 1).value();
  REQUIRE(all.entries.at(0).key == "k");
  REQUIRE(all.has_more);
  const auto after = world.multipart.list_uploads("lake", "", {"lake", "k", ""}, 1).value();
  REQUIRE(after.entries.at(0).key == "other");
  REQUIRE_FALSE(after.has_more);
  REQUIRE(world.multipart.list_uploads("lake", "z", {}, 1).value().entries.empty());
}

TEST_CASE("multipart: nothing is begun where no object could be") {
  World world;
  const auto begin = [&](const std::string& bucket, const std::string& key) {
    const auto id = world.multipart.begin({.id = {}, .bucket = bucket, .key = key, .headers = {}});
    return id ? "" : id.error().code;
  };
  REQUIRE(begin("none", "k") == "NoSuchBucket");
  REQUIRE(begin("../x", "k") == "NoSuchBucket");
  REQUIRE(begin("lake", std::string(1'025, 'k')) == "KeyTooLongError");
}
