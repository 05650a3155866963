#include "simulator/services/firehose/stream_config.h"

#include <array>
#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

StreamConfig good() {
  StreamConfig config;
  config.name = "page_view";
  config.role_arn = "arn:aws:iam::000000000000:role/firehose";
  config.bucket = "lake";
  return config;
}

std::string fault_of(const StreamConfig& config) {
  const auto error = check_stream_config(config);
  return error ? error->code + ": " + error->message : "";
}

}  // namespace

TEST_CASE("stream config: names") {
  REQUIRE(is_stream_name("a"));
  REQUIRE(is_stream_name("A-z_0.9"));
  REQUIRE(is_stream_name(std::string(64, 'x')));
  for (const char* name : {"", "a/b", "a b", "\xc3\xa9", "a\n"})
    REQUIRE_FALSE(is_stream_name(name));
  REQUIRE_FALSE(is_stream_name(std::string(65, 'x')));
}

TEST_CASE("stream config: the bucket of an ARN") {
  std::string bucket;
  REQUIRE(read_bucket_arn("arn:aws:s3:::my.lake-1", bucket));
  REQUIRE(bucket == "my.lake-1");
  for (const char* arn : {"", "lake", "arn:aws:s3:::", "arn:aws:sqs:::x", "arn:aws:s3:::a/b"}) {
    REQUIRE_FALSE(read_bucket_arn(arn, bucket));
  }
}

TEST_CASE("stream config: a good one passes, each broken rule is named") {
  REQUIRE(fault_of(good()).empty());
  auto config = good();
  config.buffer_mib = 0;
  REQUIRE_THAT(fault_of(config),
               Catch::Contains("InvalidArgumentException: BufferingHints.SizeInMBs"));
  config = good();
  config.buffer_interval_s = 901;
  REQUIRE_THAT(fault_of(config), Catch::Contains("IntervalInSeconds"));
  config.buffer_interval_s = 0;
  REQUIRE(fault_of(config).empty());
  config.role_arn = "role";
  REQUIRE_THAT(fault_of(config), Catch::Contains("'roleARN'"));
  config = good();
  config.file_extension = ".JSON";
  REQUIRE_THAT(fault_of(config), Catch::Contains("'fileExtension'"));
  config.file_extension = ".json.gz";
  REQUIRE(fault_of(config).empty());
  config.prefix = "a\nb";
  REQUIRE_THAT(fault_of(config), Catch::Contains("control characters"));
}

TEST_CASE("stream config: expressions in Prefix need an ErrorOutputPrefix with its own") {
  auto config = good();
  config.prefix = "x/!{timestamp:yyyy}/";
  REQUIRE_THAT(fault_of(config), Catch::Contains("ErrorOutputPrefix must be given"));
  config.error_output_prefix = "errors/!{timestamp:yyyy}/";
  REQUIRE_THAT(fault_of(config), Catch::Contains("!{firehose:error-output-type}"));
  config.error_output_prefix = "errors/!{firehose:error-output-type}/!{timestamp:yyyy}/";
  REQUIRE(fault_of(config).empty());
  config.error_output_prefix = "errors/";
  REQUIRE(fault_of(config).empty());
  config.prefix = "x/!{nothing:yyyy}/";
  REQUIRE_THAT(fault_of(config), Catch::Contains("Prefix: '!{nothing:yyyy}' at offset 2"));
}

TEST_CASE("stream config: the key of an object") {
  auto config = good();
  config.prefix = "content_type=page_view/hour=!{timestamp:HH}/r=!{firehose:random-string}/";
  const CivilTime time{2026, 11, 22, 9, 20, 18, 0};
  const std::array<uint64_t, 1> random = {0};
  REQUIRE(object_key(config, time, random, "UUID") ==
          "content_type=page_view/hour=09/r=00000000000/page_view-1-2026-11-22-09-20-18-UUID");
  config.compression = Compression::gzip;
  config.prefix = "no_slash";
  REQUIRE(object_key(config, time, random, "UUID") ==
          "no_slash2026/11/22/09/page_view-1-2026-11-22-09-20-18-UUID.gz");
  config.file_extension = ".json.gz";
  REQUIRE(object_extension(config) == ".json.gz");
  config.prefix = std::string(600, 'x');
  REQUIRE(object_key(config, time, {}, "U").substr(500, 24) == "xxxxxxxxxxxxpage_view-1-");
}

TEST_CASE("stream config: its form on disk is read back") {
  auto config = good();
  config.prefix = "a: b/!{timestamp:yyyy}/";
  config.error_output_prefix = "errors/";
  config.file_extension = ".x";
  config.compression = Compression::gzip;
  config.buffer_mib = 128;
  config.buffer_interval_s = 0;
  config.created_ms = 1'795'384'585'481;
  config.is_deleting = true;
  const std::string text = encode_stream_config(config);
  const auto read = decode_stream_config(text);
  REQUIRE(read);
  REQUIRE(encode_stream_config(read.value()) == text);
  REQUIRE(read.value().prefix == config.prefix);
  REQUIRE(read.value().is_deleting);
  // Cut anywhere it is damaged, not something else: the last line alone may be missing whole.
  for (size_t length = 0; length < text.size(); ++length) {
    const bool is_line_end = length > 0 && text[length - 1] == '\n';
    if (!is_line_end)
      REQUIRE_FALSE(decode_stream_config(text.substr(0, length)).error() == Error::none);
  }
}
