#include "simulator/services/s3/s3.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "simulator/engine/random.h"
#include "tests/unit/simulator/services/s3/map_backend.h"

using namespace edgehose;

namespace {

struct World {
  MapBackend backend;
  S3 s3{backend, "ap-northeast-1"};
  World() { REQUIRE_FALSE(s3.create_bucket("lake", "", 1)); }
};

// A list the slow way: all groups first, then what is after the start.
std::vector<std::string> slow_list(const std::vector<std::string>& keys, const ListInput& input) {
  std::set<std::string> names;
  for (const std::string& key : keys) {
    if (key.substr(0, input.prefix.size()) != input.prefix) continue;
    std::string name = key;
    const size_t at = input.delimiter.empty() ? std::string::npos
                                              : key.find(input.delimiter, input.prefix.size());
    if (at != std::string::npos) name = key.substr(0, at) + input.delimiter;
    if (name > input.start_after || input.start_after.empty()) names.insert(name);
  }
  return {names.begin(), names.end()};
}

}  // namespace

TEST_CASE("s3: bucket names") {
  for (const char* name : {"abc", "a-b.c", "123", "x1-"}) {
    REQUIRE(is_bucket_name(name) == (std::string(name) != "x1-"));
  }
  for (const char* name : {"", "ab", "Abc", "a_b", ".abc", "a..b", "a/b", ".."}) {
    REQUIRE_FALSE(is_bucket_name(name));
  }
  REQUIRE(is_bucket_name(std::string(63, 'a')));
  REQUIRE_FALSE(is_bucket_name(std::string(64, 'a')));
}

TEST_CASE("s3: ranges are read, and other texts are no range") {
  REQUIRE(read_byte_range("bytes=2-5")->last == 5);
  REQUIRE_FALSE(read_byte_range("bytes=2-")->last.has_value());
  REQUIRE(read_byte_range("bytes=-7")->suffix == 7);
  for (const char* text : {"", "bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "bytes=1-2,4-5",
                           "chars=1-2", "bytes=1", "bytes=-1-2", "bytes=99999999999999999999-"}) {
    REQUIRE_FALSE(read_byte_range(text).has_value());
  }
}

TEST_CASE("s3: a range is what of it lies in the object") {
  World world;
  REQUIRE(world.s3.put_object("lake", "k", "0123456789", {}));
  const auto [range, expected] = GENERATE(table<std::string, std::string>({
      {"bytes=0-0", "0"},
      {"bytes=3-5", "345"},
      {"bytes=8-20", "89"},
      {"bytes=-4", "6789"},
      {"bytes=-40", "0123456789"},
      {"bytes=10-", "416"},
      {"bytes=-0", "416"},
      {"nonsense", "0123456789"},
  }));
  const auto content = world.s3.get_object("lake", "k", read_byte_range(range));
  REQUIRE((content ? content.value().bytes : std::to_string(content.error().http_status)) ==
          expected);
}

TEST_CASE("s3: what does not exist is named") {
  World world;
  REQUIRE(world.s3.get_object("lake", "k", {}).error().code == "NoSuchKey");
  REQUIRE(world.s3.head_object("other", "k").error().code == "NoSuchBucket");
  REQUIRE(world.s3.put_object("other", "k", "", {}).error().http_status == 404);
  REQUIRE(world.s3.list_objects("other", {}).error().code == "NoSuchBucket");
  REQUIRE(world.s3.head_bucket("..")->code == "NoSuchBucket");
  REQUIRE_FALSE(world.s3.delete_object("lake", "k"));
}

TEST_CASE("s3: keys have bounds") {
  World world;
  REQUIRE(world.s3.put_object("lake", std::string(1'024, 'k'), "", {}));
  REQUIRE(world.s3.put_object("lake", std::string(1'025, 'k'), "", {}).error().code ==
          "KeyTooLongError");
  REQUIRE(world.s3.put_object("lake", "\xff", "", {}).error().code == "InvalidArgument");
}

TEST_CASE("s3: buckets are made once, in their region") {
  World world;
  REQUIRE(world.s3.create_bucket("lake", "", 2)->code == "BucketAlreadyOwnedByYou");
  REQUIRE(world.s3.create_bucket("Lake", "", 2)->code == "InvalidBucketName");
  REQUIRE(world.s3.create_bucket("far", "us-west-2", 2)->code ==
          "IllegalLocationConstraintException");
  REQUIRE_FALSE(world.s3.create_bucket("near", "ap-northeast-1", 3));
  REQUIRE(world.s3.list_buckets().value().size() == 2);
  MapBackend backend;
  S3 virginia(backend, "us-east-1");
  REQUIRE_FALSE(virginia.create_bucket("lake", "", 1));
  REQUIRE_FALSE(virginia.create_bucket("lake", "", 1));
}

TEST_CASE("s3: a bucket with objects stays, an empty one goes") {
  World world;
  REQUIRE(world.s3.put_object("lake", "k", "x", {}));
  REQUIRE(world.s3.delete_bucket("lake")->code == "BucketNotEmpty");
  REQUIRE_FALSE(world.s3.delete_object("lake", "k"));
  REQUIRE_FALSE(world.s3.delete_bucket("lake"));
  REQUIRE(world.s3.delete_bucket("lake")->code == "NoSuchBucket");
}

TEST_CASE("s3: a write on condition happens when the condition holds") {
  World world;
  const auto put = [&](const PutCondition& condition) {
    const auto written = world.s3.put_object("lake", "k", "x", {}, condition);
    return written ? "written" : written.error().code;
  };
  REQUIRE(put({.etag = "etag"}) == "NoSuchKey");
  REQUIRE(put({.is_absent = true}) == "written");
  REQUIRE(put({.is_absent = true}) == "PreconditionFailed");
  REQUIRE(put({.etag = "other"}) == "PreconditionFailed");
  REQUIRE(put({.etag = "etag"}) == "written");
  REQUIRE(put({.etag = "*"}) == "written");
}

TEST_CASE("s3: what is read while it is replaced is one object or the other") {
  World world;
  REQUIRE(world.s3.put_object("lake", "k", "old", {}));
  world.backend.before_read = [&] { world.backend.replace("lake/k", "newer", "etag of newer"); };
  const auto content = world.s3.get_object("lake", "k", {});
  REQUIRE(content.value().bytes == "newer");
  REQUIRE(content.value().info.etag == "etag of newer");
}

TEST_CASE("s3: a full disk is 503, another failure 500") {
  World world;
  world.backend.failure = Error::out_of_space;
  REQUIRE(world.s3.put_object("lake", "k", "x", {}).error().http_status == 503);
  world.backend.failure = Error::io;
  REQUIRE(world.s3.put_object("lake", "k", "x", {}).error().http_status == 500);
}

TEST_CASE("s3: pages of any size give the list of a slow reference") {
  const uint64_t seed = GENERATE(range<uint64_t>(1, 30));
  CAPTURE(seed);
  Random random(seed);
  World world;
  std::set<std::string> made;
  for (uint64_t i = 0; i < 5 + random.below(40); ++i) {
    std::string key;
    for (uint64_t c = 0; c < 1 + random.below(6); ++c) key.push_back("ab/.-"[random.below(5)]);
    made.insert(key);
    REQUIRE(world.s3.put_object("lake", key, key, {}));
  }
  ListInput input;
  if (random.below(2) == 0) input.prefix = "a";
  if (random.below(3) > 0) input.delimiter = random.below(4) == 0 ? "a/" : "/";
  if (random.below(3) == 0) input.start_after = "a/";
  input.max_keys = static_cast<uint32_t>(1 + random.below(7));
  const auto expected = slow_list({made.begin(), made.end()}, input);
  std::vector<std::string> seen;
  for (size_t pages = 0; pages < 100; ++pages) {
    const auto page = world.s3.list_objects("lake", input);
    REQUIRE(page);
    std::vector<std::string> names = page.value().common_prefixes;
    for (const auto& object : page.value().objects) names.push_back(object.key);
    std::sort(names.begin(), names.end());
    REQUIRE(names.size() <= input.max_keys);
    seen.insert(seen.end(), names.begin(), names.end());
    if (page.value().next_token.empty()) break;
    input.continuation_token = page.value().next_token;
  }
  REQUIRE(seen == expected);
}

TEST_CASE("s3: a token that is none is refused; no keys wanted, none given") {
  World world;
  REQUIRE(world.s3.put_object("lake", "k", "", {}));
  ListInput input;
  input.continuation_token = "%%%";
  REQUIRE(world.s3.list_objects("lake", input).error().code == "InvalidArgument");
  input.continuation_token.reset();
  input.max_keys = 0;
  const auto page = world.s3.list_objects("lake", input);
  REQUIRE(page.value().objects.empty());
  REQUIRE(page.value().next_token.empty());
}
