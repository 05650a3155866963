// Where a visitor is, as the CDN's headers say it.
//
//                CloudFront                         Cloudflare
//   country      CloudFront-Viewer-Country          CF-IPCountry
//   region       CloudFront-Viewer-Country-Region   CF-Region-Code
//   city         CloudFront-Viewer-City             CF-IPCity
//   asn          CloudFront-Viewer-ASN              the worker's own request.cf.asn
//
// A request has those of one of them: where CloudFront's are there, Cloudflare's are not read,
// because CloudFront hands on what a client sends under their names.
//
// CloudFront percent-encodes what is not ASCII; Cloudflare sends UTF-8, which a host that reads
// headers as Latin-1 hands on as two characters a byte ("S\u00c3\u00a3o"). Both are undone.
#pragma once

#include <string>
#include <string_view>

namespace edgehose {

struct GeoHeaders {
  std::string_view country;
  std::string_view region;
  std::string_view city;
  std::string_view asn;
};

// Empty where the header is absent or no such value. Its memory serves the next read.
struct Geo {
  std::string country;  // ISO 3166-1 alpha-2; never Cloudflare's "XX" (unknown) or "T1" (Tor)
  std::string region;   // the part behind the hyphen of ISO 3166-2
  std::string city;     // as the CDN spells it
  std::string asn;      // digits
};

// Overwrites all of `geo`. Values are cut at 128 bytes.
void read_geo(const GeoHeaders& headers, Geo& geo);

}  // namespace edgehose
