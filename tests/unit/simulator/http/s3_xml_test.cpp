#include "simulator/http/s3_xml.h"

#include <catch2/catch.hpp>

using namespace edgehose;

TEST_CASE("s3 xml: text is escaped, and read back as it was") {
  const std::string key = "<&>\"' \xc3\xa9\x01\n";
  std::string list = "<Delete><Object>";
  append_element(list, "Key", key);
  list += "</Object><Quiet>true</Quiet></Delete>";
  const auto read = read_delete_list(list);
  REQUIRE(read.value().keys == std::vector<std::string>{key});
  REQUIRE(read.value().is_quiet);
}

TEST_CASE("s3 xml: lists of keys to delete") {
  const auto code = [](const std::string& text) {
    const auto list = read_delete_list(text);
    return list ? "" : list.error().code;
  };
  REQUIRE(code("<Delete><Object><Key>a</Key></Object></Delete>").empty());
  REQUIRE(code("<Delete></Delete>") == "MalformedXML");
  REQUIRE(code("<Other><Object><Key>a</Key></Object></Other>") == "MalformedXML");
  REQUIRE(code("<Delete><Object><Key></Key></Object></Delete>") == "MalformedXML");
  REQUIRE(code("<Delete><Object/></Delete>") == "MalformedXML");
  REQUIRE(code("not xml") == "MalformedXML");
  REQUIRE(code("<Delete><Object><Key>a</Key><VersionId>1</VersionId></Object></Delete>") ==
          "NotImplemented");
  std::string many = "<Delete>";
  for (size_t i = 0; i < kDeletedKeysMax; ++i) many += "<Object><Key>k</Key></Object>";
  REQUIRE(code(many + "</Delete>").empty());
  REQUIRE(code(many + "<Object><Key>k</Key></Object></Delete>") == "MalformedXML");
}

TEST_CASE("s3 xml: lists of parts, with quoted etags and checksums") {
  const auto parts = read_completed_parts(
      "<CompleteMultipartUpload xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>"
      "<Part><ETag>&quot;abc&quot;</ETag><PartNumber>1</PartNumber>"
      "<ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part>"
      "<Part><PartNumber>2</PartNumber><ETag>def</ETag></Part></CompleteMultipartUpload>");
  REQUIRE(parts.value().size() == 2);
  REQUIRE(parts.value()[0].etag == "abc");
  REQUIRE(parts.value()[0].checksums == ObjectHeaders{{"x-amz-checksum-crc32", "AAAAAA=="}});
  REQUIRE(parts.value()[1].number == 2);
  for (const char* part :
       {"<PartNumber>x</PartNumber><ETag>a</ETag>", "<ETag>a</ETag>", "<PartNumber>1</PartNumber>",
        "<PartNumber>-1</PartNumber><ETag>a</ETag>",
        "<PartNumber>1</PartNumber><ETag>a</ETag><Other/>"}) {
    const std::string text =
        std::string("<CompleteMultipartUpload><Part>") + part + "</Part></CompleteMultipartUpload>";
    REQUIRE(read_completed_parts(text).error().code == "MalformedXML");
  }
}

TEST_CASE("s3 xml: where a bucket is to be") {
  REQUIRE(read_location("").value().empty());
  REQUIRE(read_location("<CreateBucketConfiguration/>").value().empty());
  REQUIRE(read_location("<CreateBucketConfiguration><LocationConstraint>r</LocationConstraint>"
                        "</CreateBucketConfiguration>")
              .value() == "r");
  REQUIRE(read_location("<CreateBucketConfiguration><Bucket/></CreateBucketConfiguration>")
              .error()
              .code == "NotImplemented");
  REQUIRE(read_location("x").error().code == "MalformedXML");
}

TEST_CASE("s3 xml: errors, etags and checksums") {
  const auto error = xml_error({"NoSuchKey", "a < b", 404}, "/lake/k");
  REQUIRE(error.status == 404);
  REQUIRE(error.body.find("<Error><Code>NoSuchKey</Code><Message>a &lt; b</Message>"
                          "<Resource>/lake/k</Resource><RequestId>") != std::string::npos);
  REQUIRE(unquoted_etag(quoted_etag("x")) == "x");
  REQUIRE(unquoted_etag("\"") == "\"");
  std::string text;
  append_checksums(
      text,
      {{"a", "b"}, {"x-amz-checksum-crc64nvme", "v"}, {"x-amz-checksum-type", "FULL_OBJECT"}});
  REQUIRE(text ==
          "<ChecksumCRC64NVME>v</ChecksumCRC64NVME><ChecksumType>FULL_OBJECT</ChecksumType>");
  append_element(text = "", "N", uint64_t{5});
  REQUIRE(text == "<N>5</N>");
}
