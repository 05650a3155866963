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
  const KeyInputs inputs{
      .prefix = {.time = time, .random = random, .error_output_type = "processing-failed"},
      .uuid = "UUID"};
  REQUIRE(object_key(config, inputs) ==
          "content_type=page_view/hour=09/r=00000000000/page_view-1-2026-11-22-09-20-18-UUID");
  config.compression = Compression::gzip;
  config.prefix = "no_slash";
  REQUIRE(object_key(config, inputs) ==
          "no_slash2026/11/22/09/page_view-1-2026-11-22-09-20-18-UUID.gz");
  config.file_extension = ".json.gz";
  REQUIRE(object_extension(config) == ".json.gz");
  config.version = 12;
  REQUIRE(error_key(config, inputs) ==
          "no_slashprocessing-failed/2026/11/22/09/page_view-12-2026-11-22-09-20-18-UUID");
  config.error_output_prefix = "e/!{firehose:error-output-type}/";
  REQUIRE(error_key(config, inputs) == "e/processing-failed/page_view-12-2026-11-22-09-20-18-UUID");
  config.backup = S3Destination{};
  config.backup->prefix = "raw/";
  config.backup->compression = Compression::zip;
  REQUIRE(backup_key(config, inputs) ==
          "raw/2026/11/22/09/page_view-12-2026-11-22-09-20-18-UUID.zip");
}

TEST_CASE("stream config: every compression has its name and its extension") {
  for (const auto& [name, extension] :
       std::array<std::pair<const char*, const char*>, 5>{{{"UNCOMPRESSED", ""},
                                                           {"GZIP", ".gz"},
                                                           {"ZIP", ".zip"},
                                                           {"Snappy", ".snappy"},
                                                           {"HADOOP_SNAPPY", ".hsnappy"}}}) {
    auto config = good();
    config.compression = find_compression(name).value();
    REQUIRE(to_text(config.compression) == name);
    REQUIRE(object_extension(config) == extension);
  }
  REQUIRE_FALSE(find_compression("snappy"));
}

TEST_CASE("stream config: an evaluated prefix holds at most 512 characters") {
  auto config = good();
  config.error_output_prefix = "e/";
  config.prefix = std::string(508, 'x') + "!{timestamp:yyyy}";
  REQUIRE(fault_of(config).empty());
  config.prefix = std::string(509, 'x') + "!{timestamp:yyyy}";
  REQUIRE_THAT(fault_of(config), Catch::Contains("longer than 512 characters"));
  // What Firehose itself appends to a literal does not count.
  config.prefix = std::string(512, 'x');
  REQUIRE(fault_of(config).empty());
}

TEST_CASE("stream config: backups, zones and tags have rules of their own") {
  auto config = good();
  config.has_backup = true;
  REQUIRE_THAT(fault_of(config), Catch::Contains("S3BackupConfiguration must be given"));
  config.backup = S3Destination{};
  config.backup->role_arn = config.role_arn;
  config.backup->bucket = "b";
  REQUIRE(fault_of(config).empty());
  config.backup->buffer_interval_s = 59;
  REQUIRE_THAT(fault_of(config), Catch::Contains("at least 60"));
  config = good();
  config.time_zone = "Asia/Tokyo1";
  REQUIRE_THAT(fault_of(config), Catch::Contains("'customTimeZone'"));
  config = good();
  config.partition_retry_s = 7'201;
  REQUIRE_THAT(fault_of(config), Catch::Contains("between 0 and 7200"));
  config = good();
  config.tags["caf\xc3\xa9 _.:/=+-@%"] = std::string(256, 'v');
  REQUIRE(fault_of(config).empty());
  for (const std::string& key :
       {std::string(), std::string("aws:x"), std::string("a?b"), std::string(129, 'k')}) {
    config.tags = {{key, "v"}};
    REQUIRE_THAT(fault_of(config), Catch::Contains("'tags.member.key'"));
  }
  config.tags = {{"k", std::string(257, 'v')}};
  REQUIRE_THAT(fault_of(config), Catch::Contains("'tags.member.value'"));
  config.tags.clear();
  for (int i = 0; i < 51; ++i) config.tags[std::to_string(i)] = "";
  REQUIRE_THAT(fault_of(config), Catch::Contains("LimitExceededException"));
}

TEST_CASE("stream config: its form on disk is read back") {
  auto config = good();
  config.prefix = "a: b/!{timestamp:yyyy}/";
  config.error_output_prefix = "errors/";
  config.file_extension = ".x";
  config.compression = Compression::hadoop_snappy;
  config.buffer_mib = 128;
  config.buffer_interval_s = 0;
  config.kms_key_arn = "arn:key";
  config.is_logging = true;
  config.log_group = "g";
  config.time_zone = "Asia/Tokyo";
  config.is_processing = true;
  config.processors = {{"AppendDelimiterToRecord", {{"Delimiter", "\\n%41\n"}}},
                       {"RecordDeAggregation", {{"SubRecordType", "JSON"}}}};
  config.has_backup = true;
  config.backup = S3Destination{};
  config.backup->role_arn = config.role_arn;
  config.backup->bucket = "b";
  config.tags = {{"a: b%c", "v: %0A"}, {"k", ""}};
  config.encryption = {true, "AWS_OWNED_CMK", "", 7};
  config.version = 3;
  config.updated_ms = 9;
  config.created_ms = 1'795'384'585'481;
  config.is_deleting = true;
  const std::string text = encode_stream_config(config);
  const auto read = decode_stream_config(text);
  REQUIRE(read);
  REQUIRE(encode_stream_config(read.value()) == text);
  REQUIRE(read.value().prefix == config.prefix);
  REQUIRE(read.value().is_deleting);
  REQUIRE(read.value().tags == config.tags);
  REQUIRE(read.value().processors == config.processors);
  REQUIRE(read.value().encryption.changed_ms == 7);
  REQUIRE(is_same_destination(read.value(), config));
  // Cut inside a line it is damaged, not something else.
  for (size_t length = 0; length < text.size(); ++length) {
    if (length == 0 || text[length - 1] != '\n') {
      REQUIRE_FALSE(decode_stream_config(text.substr(0, length)).error() == Error::none);
    }
  }
}
