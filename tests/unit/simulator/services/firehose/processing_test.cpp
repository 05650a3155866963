#include "simulator/services/firehose/processing.h"

#include <catch2/catch.hpp>
#include <map>

#include "shared/base/base64.h"
#include "simulator/services/firehose/processing_config.h"
#include "simulator/services/firehose/transform.h"
#include "tests/unit/simulator/services/firehose/fakes.h"

using namespace edgehose;

namespace {

constexpr int64_t kStart = 1'795'353'600'000;  // 2026-11-22T13:20:00Z
const std::string kLambda = "arn:aws:lambda:ap-northeast-1:000000000000:function:known";

struct World {
  World() {
    config.name = "s";
    config.role_arn = "arn:aws:iam::000000000000:role/firehose";
    config.bucket = "lake";
    config.is_processing = true;
    outside = {&zones, &jq, &functions, 3};
  }

  // Everything that became of the records, by key with its last part (the name) left out.
  std::map<std::string, std::string> run(const std::vector<std::string>& records) {
    DeliveryEffect effect;
    effect.stream = "s";
    effect.bucket = "lake";
    effect.config = std::make_shared<const StreamConfig>(config);
    effect.seed = 7;
    effect.oldest_ms = kStart;
    effect.now_ms = kStart + 5;
    for (const std::string& record : records) {
      FrameBuilder builder(0);
      builder.add(record);
      effect.frames.push_back(std::make_shared<const Frame>(builder.finish(kStart + 1)));
    }
    REQUIRE_FALSE(check_stream_config(config));
    REQUIRE_FALSE(check_in_world(config, outside));
    auto made = process_segment(effect, {"ap-northeast-1", "arn:stream"}, outside, compressor);
    REQUIRE(made);
    outputs = std::move(made).value();
    std::map<std::string, std::string> objects;
    for (const OutputObject& object : outputs.objects) {
      REQUIRE(objects.emplace(object.key.substr(0, object.key.rfind('/')), object.bytes).second);
    }
    return objects;
  }

  void partition(const std::string& prefix, const std::string& query) {
    config.is_partitioned = true;
    config.prefix = prefix;
    config.error_output_prefix = "e/!{firehose:error-output-type}/";
    config.buffer_mib = 64;
    config.processors = {{"MetadataExtraction",
                          {{"MetadataExtractionQuery", query}, {"JsonParsingEngine", "JQ-1.6"}}}};
  }

  void transform(std::vector<std::pair<std::string, std::string>> more = {}) {
    more.emplace_back("LambdaArn", kLambda);
    config.processors.push_back({"Lambda", std::move(more)});
  }

  StreamConfig config;
  TokyoZones zones;
  MemberJq jq;
  FakeInvoker functions;
  MarkCompressor compressor;
  ProcessingWorld outside;
  Outputs outputs;
};

std::string base64(std::string_view bytes) {
  std::string text;
  base64_append(text, bytes);
  return text;
}

}  // namespace

TEST_CASE("processing: sub-records go into one object, each behind its delimiter") {
  World world;
  world.config.prefix = "p/";
  world.config.processors = {{"RecordDeAggregation", {{"SubRecordType", "JSON"}}},
                             {"AppendDelimiterToRecord", {}}};
  const auto objects = world.run({R"({"a":1}{"b":2})", "{}"});
  REQUIRE(objects.size() == 1);
  REQUIRE(objects.at("p/2026/11/22/13") == "{\"a\":1}\n{\"b\":2}\n{}\n");
  REQUIRE(world.outputs.objects[0].records == 3);
  REQUIRE(world.outputs.objects[0].key.starts_with("p/2026/11/22/13/s-1-2026-11-22-13-20-00-"));
}

TEST_CASE("processing: records are sorted into partitions by the keys of the query") {
  World world;
  world.partition("s=!{partitionKeyFromQuery:site}/d=!{partitionKeyFromQuery:day}/", "site,day");
  const auto objects = world.run(
      {R"({"site":"a","day":1})", R"({"site":"b","day":1})", R"({"site":"a","day":1,"x":2})"});
  REQUIRE(objects.size() == 2);
  REQUIRE(objects.at("s=a/d=1") == R"({"site":"a","day":1}{"site":"a","day":1,"x":2})");
  REQUIRE(objects.at("s=b/d=1") == R"({"site":"b","day":1})");
}

TEST_CASE("processing: values of keys that run into each other are still different partitions") {
  World world;
  world.partition("!{partitionKeyFromQuery:a}!{partitionKeyFromQuery:b}/", "a,b");
  world.run({});
  DeliveryEffect effect;
  (void)world.run({R"({"a":"x","b":"y"})"});
  REQUIRE(world.outputs.objects.size() == 1);
  effect.config = std::make_shared<const StreamConfig>(world.config);
  FrameBuilder builder(0);
  builder.add(R"({"a":"x1","b":"y"})");
  builder.add(R"({"a":"x","b":"1y"})");
  effect.frames.push_back(std::make_shared<const Frame>(builder.finish(kStart)));
  const auto made = process_segment(effect, {"r", "arn"}, world.outside, world.compressor);
  REQUIRE(made.value().objects.size() == 2);
}

TEST_CASE("processing: what has no keys goes to the error prefix, whole and with its reason") {
  World world;
  world.partition("!{partitionKeyFromQuery:site}/", "site");
  const auto objects = world.run({"nope", R"({"site":null})", R"({"site":""})", R"({"x":1})",
                                  R"({"site":"a"}{"site":"b"})", R"({"site":"a"})"});
  REQUIRE(objects.size() == 2);
  const std::string& errors = objects.at("e/metadata-extraction-failed");
  REQUIRE(std::count(errors.begin(), errors.end(), '\n') == 5);
  REQUIRE(errors.starts_with(
      "{\"attemptsMade\":1,\"arrivalTimestamp\":1795353600001,"
      "\"errorCode\":\"DynamicPartitioning.MetadataExtractionFailed\","
      "\"errorMessage\":\"Non JSON record provided\",\"attemptEndingTimestamp\":1795353600005,"
      "\"rawData\":\"bm9wZQ==\"}\n"));
  REQUIRE_THAT(errors, Catch::Contains("must not be null or empty"));
}

TEST_CASE("processing: records of partitions beyond the limit go to the error prefix") {
  World world;
  world.partition("!{partitionKeyFromQuery:k}/", "k");
  const auto objects = world.run({R"({"k":1})", R"({"k":2})", R"({"k":3})", R"({"k":4})",
                                  R"({"k":1,"again":1})", R"({"k":5})"});
  REQUIRE(objects.size() == 4);
  REQUIRE(objects.at("1") == R"({"k":1}{"k":1,"again":1})");
  const std::string& errors = objects.at("e/activePartitionExceeded");
  REQUIRE_THAT(errors,
               Catch::Contains(base64(R"({"k":4})")) && Catch::Contains(base64(R"({"k":5})")));
  REQUIRE(std::count(errors.begin(), errors.end(), '\n') == 2);
}

TEST_CASE("processing: an evaluated prefix above 512 characters is an error of its record") {
  World world;
  world.partition("!{partitionKeyFromQuery:k}/", "k");
  const auto objects = world.run({"{\"k\":\"" + std::string(900, 'x') + "\"}", R"({"k":"y"})"});
  REQUIRE(objects.size() == 2);
  REQUIRE_THAT(objects.at("e/metadata-extraction-failed"), Catch::Contains("512 characters"));
}

TEST_CASE("processing: a function's results are delivered, dropped or failed") {
  World world;
  world.config.prefix = "p/";
  world.transform();
  world.functions.answer = [](std::string_view) {
    return InvokeResult{InvokeResult::Kind::ok,
                        R"({"records":[)"
                        R"({"recordId":"edgehose-0000000000000000","result":"Ok","data":"QQ=="},)"
                        R"({"recordId":"edgehose-0000000000000001","result":"Dropped","data":""},)"
                        R"({"recordId":"edgehose-0000000000000002","result":"ProcessingFailed"}]})",
                        0};
  };
  const auto objects = world.run({"a", "b", "c"});
  REQUIRE(world.functions.events.size() == 1);
  REQUIRE(objects.at("p/2026/11/22/13") == "A");
  const std::string& errors = objects.at("p/processing-failed/2026/11/22/13");
  REQUIRE_THAT(errors, Catch::Contains("\"rawData\":\"Yw==\",\"lambdaArn\":\"" + kLambda + "\""));
  REQUIRE(world.outputs.dropped.records() == std::vector<std::string_view>{"b"});
}

TEST_CASE("processing: a function that fails is asked again, and then its batch fails whole") {
  World world;
  world.config.prefix = "p/";
  world.transform({{"NumberOfRetries", "2"}});
  world.functions.answer = [](std::string_view) {
    return InvokeResult{InvokeResult::Kind::function_error, "{}", 0};
  };
  const auto objects = world.run({"a", "b"});
  REQUIRE(world.functions.events.size() == 3);
  REQUIRE(world.functions.events[0] != world.functions.events[1]);  // the invocation's id
  REQUIRE(objects.size() == 1);
  const std::string& errors = objects.at("p/processing-failed/2026/11/22/13");
  REQUIRE(std::count(errors.begin(), errors.end(), '\n') == 2);
  REQUIRE_THAT(errors,
               Catch::Contains("\"attemptsMade\":3,") && Catch::Contains("Lambda.FunctionError"));
}

TEST_CASE("processing: batches for a function hold to its buffer and to 6 MiB of event") {
  World world;
  world.transform({{"BufferSizeInMBs", "0.2"}});
  (void)world.run({std::string(150'000, 'a'), std::string(50'000, 'b'), std::string(50'000, 'c')});
  // Each batch was answered by nothing and hence tried once: a bad answer is not asked again.
  REQUIRE(world.functions.events.size() == 2);
  World large;
  large.transform({{"BufferSizeInMBs", "3"}});
  std::vector<std::string> records(10, std::string(1'000'000, 'x'));
  (void)large.run(records);
  for (const std::string& event : large.functions.events) REQUIRE(event.size() <= 6U << 20);
  REQUIRE(large.functions.events.size() == 4);
}

TEST_CASE("processing: keys of a function make partitions too") {
  World world;
  world.config.is_partitioned = true;
  world.config.buffer_mib = 64;
  world.config.prefix = "!{partitionKeyFromLambda:k}/";
  world.config.error_output_prefix = "e/!{firehose:error-output-type}/";
  world.transform();
  world.functions.answer = [](std::string_view) {
    return InvokeResult{InvokeResult::Kind::ok,
                        R"({"records":[{"recordId":"edgehose-0000000000000000","result":"Ok",)"
                        R"("data":"QQ==","metadata":{"partitionKeys":{"k":"v"}}},)"
                        R"({"recordId":"edgehose-0000000000000001","result":"Ok","data":"Qg=="}]})",
                        0};
  };
  const auto objects = world.run({"a", "b"});
  REQUIRE(objects.at("v") == "A");
  REQUIRE_THAT(objects.at("e/metadata-extraction-failed"), Catch::Contains(base64("b")));
}

TEST_CASE("processing: the backup holds every source record, by its own bucket and compression") {
  World world;
  world.config.prefix = "p/";
  world.config.time_zone = "Asia/Tokyo";
  world.config.compression = Compression::gzip;
  world.config.processors = {{"RecordDeAggregation", {{"SubRecordType", "JSON"}}}};
  world.config.has_backup = true;
  world.config.backup = S3Destination{};
  world.config.backup->bucket = "backup";
  world.config.backup->role_arn = world.config.role_arn;
  world.config.backup->prefix = "b/";
  world.config.backup->compression = Compression::zip;
  const auto objects = world.run({R"({"a":1} {"b":2})"});
  REQUIRE(objects.at("b/2026/11/22/22") == R"(2<{"a":1} {"b":2}>)");
  REQUIRE(objects.at("p/2026/11/22/22") == R"(1<{"a":1}{"b":2}>)");
  REQUIRE(world.outputs.objects[0].bucket == "backup");
  REQUIRE(world.outputs.objects[0].key.ends_with(".zip"));
}

TEST_CASE("processing: records are decompressed first, and shown as they came when they fail") {
  World world;
  world.config.prefix = "p/";
  world.config.processors = {{"Decompression", {}},
                             {"CloudWatchLogProcessing", {{"DataMessageExtraction", "true"}}}};
  const auto objects =
      world.run({R"(1<{"logEvents":[{"message":"m"}]}>)", "plain", "1<no envelope>"});
  REQUIRE(objects.at("p/2026/11/22/13") == "m\n");
  const std::string& errors = objects.at("p/decompression-failed/2026/11/22/13");
  REQUIRE_THAT(errors,
               Catch::Contains(base64("plain")) && Catch::Contains(base64("1<no envelope>")));
}

TEST_CASE("processing: the same seed gives the same objects under the same keys") {
  World world;
  world.partition("!{partitionKeyFromQuery:k}/!{firehose:random-string}/", "k");
  (void)world.run({R"({"k":1})", R"({"k":2})", "x"});
  const std::string first = encode_outputs(world.outputs);
  (void)world.run({R"({"k":1})", R"({"k":2})", "x"});
  REQUIRE(encode_outputs(world.outputs) == first);
}

TEST_CASE("processing: zones, queries and functions that are not there are refused by name") {
  World world;
  const auto fault = [&] {
    const auto error = check_in_world(world.config, world.outside);
    return error ? error->message : "";
  };
  world.config.is_processing = false;
  world.config.time_zone = "Asia/Nowhere";
  REQUIRE(fault() == "CustomTimeZone Asia/Nowhere is not known.");
  world.config.time_zone = "Asia/Tokyo";
  REQUIRE(fault().empty());
  world.config.is_processing = true;
  world.partition("!{partitionKeyFromQuery:k}/", "bad");
  REQUIRE(fault() == "MetadataExtractionQuery: it is bad.");
  world.config.processors = {{"Lambda", {{"LambdaArn", "arn:aws:lambda:r:0:function:unknown"}}}};
  REQUIRE_THAT(fault(), Catch::Contains("--function NAME=FILE"));
}

TEST_CASE("processing: only a plain stream is delivered as it is") {
  World world;
  world.config.is_processing = false;
  REQUIRE(is_delivered_as_is(world.config));
  world.config.is_processing = true;
  world.config.processors = {{"AppendDelimiterToRecord", {}}};
  REQUIRE(is_delivered_as_is(world.config));
  world.config.has_backup = true;
  REQUIRE_FALSE(is_delivered_as_is(world.config));
  world.config.has_backup = false;
  world.config.processors = {{"Decompression", {}}};
  REQUIRE_FALSE(is_delivered_as_is(world.config));
}
