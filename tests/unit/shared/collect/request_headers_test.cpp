#include "shared/collect/request_headers.h"

#include <catch2/catch.hpp>
#include <string>

using namespace edgehose;

TEST_CASE("request_headers: values lie under their names, without blanks around them") {
  const RequestHeaders headers = read_headers(
      "accept: */*\nuser-agent:  Mozilla/5.0 (X; Y)\t\nsec-ch-ua: \"Chromium\";v=\"130\"\n"
      "cf-ipcountry: JP\ncloudfront-viewer-country-region: 13\nsec-gpc:1");
  CHECK(headers[Header::user_agent] == "Mozilla/5.0 (X; Y)");
  CHECK(headers[Header::sec_ch_ua] == "\"Chromium\";v=\"130\"");
  CHECK(headers[Header::cf_ipcountry] == "JP");
  CHECK(headers[Header::cloudfront_viewer_country_region] == "13");
  CHECK(headers[Header::sec_gpc] == "1");
  CHECK(headers[Header::cloudfront_viewer_country].empty());
}

TEST_CASE("request_headers: of a name that stands twice the first counts") {
  CHECK(read_headers("cf-asn: 1\ncf-asn: 2\n")[Header::cf_asn] == "1");
}

TEST_CASE("request_headers: lines that are no header are stepped over") {
  for (const std::string text : {"", "\n\n", ":", "user-agent", "user-agent\n: x\n", "\n:\n\n"}) {
    const RequestHeaders headers = read_headers(text);
    for (std::string_view value : headers.values) CHECK(value.empty());
  }
  CHECK(read_headers("junk\n\nuser-agent: a\njunk")[Header::user_agent] == "a");
  CHECK(read_headers(std::string(1'000, 'n') + ": 1\nuser-agent: a")[Header::user_agent] == "a");
}
