#include "simulator/services/firehose/processing_config.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

StreamConfig with(std::vector<Processor> processors) {
  StreamConfig config;
  config.name = "a";
  config.role_arn = "arn:aws:iam::000000000000:role/firehose";
  config.bucket = "lake";
  config.is_processing = true;
  config.processors = std::move(processors);
  return config;
}

StreamConfig partitioned(const std::string& prefix, const std::string& query) {
  StreamConfig config =
      with({{"MetadataExtraction",
             {{"MetadataExtractionQuery", query}, {"JsonParsingEngine", "JQ-1.6"}}}});
  config.is_partitioned = true;
  config.prefix = prefix;
  config.error_output_prefix = "e/";
  config.buffer_mib = 64;
  return config;
}

std::string fault_of(const StreamConfig& config) {
  const auto error = check_stream_config(config);
  return error ? error->code + ": " + error->message : "";
}

const std::string kLambda = "arn:aws:lambda:ap-northeast-1:000000000000:function:f";

}  // namespace

TEST_CASE("processing config: every processor is read") {
  const auto read = read_processing(
      with({{"Lambda",
             {{"LambdaArn", kLambda},
              {"NumberOfRetries", "1"},
              {"BufferSizeInMBs", "0.2"},
              {"BufferIntervalInSeconds", "0"},
              {"RoleArn", "r"}}},
            {"Decompression", {{"CompressionFormat", "GZIP"}}},
            {"CloudWatchLogProcessing", {{"DataMessageExtraction", "true"}}},
            {"RecordDeAggregation", {{"SubRecordType", "DELIMITED"}, {"Delimiter", "IyMjIw=="}}},
            {"AppendDelimiterToRecord", {{"Delimiter", "\\n"}}}}));
  REQUIRE(read);
  const ProcessingConfig& to = read.value();
  REQUIRE(to.decompresses);
  REQUIRE(to.extracts_messages);
  REQUIRE(to.deaggregation == Deaggregation::delimited);
  REQUIRE(to.sub_record_delimiter == "####");
  REQUIRE(to.lambda_arn == kLambda);
  REQUIRE(to.lambda_retries == 1);
  REQUIRE(to.lambda_buffer_bytes == 209'715);
  REQUIRE(to.delimiter == "\n");
  REQUIRE_FALSE(to.is_plain());
}

TEST_CASE("processing config: defaults are AWS's, and processing that is off does nothing") {
  StreamConfig config =
      with({{"Lambda", {{"LambdaArn", kLambda}}}, {"AppendDelimiterToRecord", {}}});
  REQUIRE(read_processing(config).value().lambda_retries == 3);
  REQUIRE(read_processing(config).value().lambda_buffer_bytes == 1'048'576);
  REQUIRE(read_processing(config).value().delimiter == "\n");
  config.is_processing = false;
  REQUIRE(read_processing(config).value().is_plain());
  REQUIRE_FALSE(read_processing(config).value().delimiter);
  REQUIRE(read_processing(with({{"AppendDelimiterToRecord", {}}})).value().is_plain());
}

TEST_CASE("processing config: what AWS refuses is refused with its place") {
  const auto [processor, expected] = GENERATE(table<Processor, std::string>({
      {{"Nothing", {}}, "ValidationException"},
      {{"Lambda", {}}, "LambdaArn must be"},
      {{"Lambda", {{"LambdaArn", "f"}}}, "LambdaArn must be"},
      {{"Lambda", {{"LambdaArn", kLambda}, {"NumberOfRetries", "301"}}}, "between 0 and 300"},
      {{"Lambda", {{"LambdaArn", kLambda}, {"BufferSizeInMBs", "0.1"}}}, "between 0.2 and 3"},
      {{"Lambda", {{"LambdaArn", kLambda}, {"BufferSizeInMBs", "3.1"}}}, "between 0.2 and 3"},
      {{"Lambda", {{"LambdaArn", kLambda}, {"BufferSizeInMBs", "1."}}}, "between 0.2 and 3"},
      {{"Lambda", {{"LambdaArn", kLambda}, {"BufferIntervalInSeconds", "901"}}}, "0 and 900"},
      {{"Lambda", {{"LambdaArn", kLambda}, {"Delimiter", ";"}}}, "has no parameter Delimiter"},
      {{"Lambda", {{"LambdaArn", " "}}}, "not be blank"},
      {{"Lambda", {{"LambdaArn", std::string(5'121, 'x')}}}, "length from 1 to 5120"},
      {{"RecordDeAggregation", {}}, "JSON or DELIMITED"},
      {{"RecordDeAggregation", {{"SubRecordType", "DELIMITED"}}}, "in base64"},
      {{"RecordDeAggregation", {{"SubRecordType", "JSON"}, {"Delimiter", "Iw=="}}}, "is for"},
      {{"Decompression", {{"CompressionFormat", "ZIP"}}}, "must be GZIP"},
      {{"CloudWatchLogProcessing", {{"DataMessageExtraction", "yes"}}}, "true or false"},
      {{"CloudWatchLogProcessing", {{"DataMessageExtraction", "true"}}}, "needs a Decompression"},
      {{"MetadataExtraction", {{"JsonParsingEngine", "JQ-1.6"}}}, "Query must be given"},
      {{"MetadataExtraction", {{"MetadataExtractionQuery", "{a:.a}"}}}, "must be JQ-1.6"},
      {{"MetadataExtraction",
        {{"MetadataExtractionQuery", "{a:.a}"}, {"JsonParsingEngine", "JQ-1.6"}}},
       "needs Dynamic Partitioning"},
  }));
  REQUIRE_THAT(fault_of(with({processor})), Catch::Contains(expected));
  const Processor delimiter{"AppendDelimiterToRecord", {}};
  REQUIRE_THAT(fault_of(with(std::vector<Processor>(6, delimiter))), Catch::Contains("at most 5"));
  REQUIRE_THAT(fault_of(with({})), Catch::Contains("must be given when Enabled"));
  const Processor lambda{"Lambda", {{"LambdaArn", kLambda}}};
  REQUIRE_THAT(fault_of(with({lambda, lambda})), Catch::Contains("Only one Lambda"));
}

TEST_CASE("processing config: partitioning needs room, keys, and the same keys on both sides") {
  const std::string prefix = "s=!{partitionKeyFromQuery:site}/";
  REQUIRE(fault_of(partitioned(prefix, "{site:.site}")).empty());
  StreamConfig config = partitioned(prefix, "{site:.site}");
  config.buffer_mib = 63;
  REQUIRE(fault_of(config) ==
          "InvalidArgumentException: BufferingHints.SizeInMBs must be at least 64 when Dynamic "
          "Partitioning is enabled.");
  config = partitioned(prefix, "{site:.site}");
  config.buffer_interval_s = 59;
  REQUIRE_THAT(fault_of(config), Catch::Contains("at least 60"));
  REQUIRE_THAT(fault_of(partitioned("raw/", "{site:.site}")),
               Catch::Contains("must contain partition keys"));
  REQUIRE_THAT(fault_of(partitioned(prefix, "{site:.site,day:.day}")),
               Catch::Contains("must be the same"));
  REQUIRE_THAT(fault_of(partitioned("!{partitionKeyFromLambda:x}/", "{site:.site}")),
               Catch::Contains("needs a Lambda processor"));
  config = partitioned(prefix, "{site:.site}");
  config.processors = {{"AppendDelimiterToRecord", {}}};
  REQUIRE_THAT(fault_of(config), Catch::Contains("needs a MetadataExtraction"));
  std::string many = "{k0:.a";
  for (int i = 1; i < 51; ++i) many += ",k" + std::to_string(i) + ":.a";
  REQUIRE_THAT(fault_of(partitioned(prefix, many + "}")), Catch::Contains("at most 50"));
}

TEST_CASE("processing config: the keys of a query") {
  using Keys = std::vector<std::string>;
  REQUIRE(query_keys(R"({site:.site,day:.ts|strftime("%d")})") == Keys{"site", "day"});
  REQUIRE(query_keys(R"( {"a b": (.x, {y: 1}), site, c:[.d["},"]]} )") == Keys{"a b", "site", "c"});
  REQUIRE(query_keys(R"({a: "\"}", b: .b})") == Keys{"a", "b"});
  for (const char* other :
       {"", ".a", "{(.k): 1}", "{a: 1", "{a:1} | .b", "{\"a\\n\": 1}", "{$x}"}) {
    REQUIRE_FALSE(query_keys(other));
  }
}
