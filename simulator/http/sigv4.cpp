#include "simulator/http/sigv4.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "shared/base/calendar.h"
#include "shared/base/hmac.h"
#include "shared/base/text.h"
#include "simulator/http/checksums.h"
#include "simulator/http/url.h"

namespace edgehose {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kUnsigned = "UNSIGNED-PAYLOAD";
constexpr std::string_view kStreaming = "STREAMING-";
constexpr int64_t kSkewMsMax = 900'000;
constexpr int64_t kPresignedSecondsMax = 604'800;
constexpr size_t kSignedHeadersMax = 128;

// What a request claims about its signature, from either place.
struct Claim {
  std::string access_key_id;
  std::string scope;
  std::string date;
  std::string signature;
  std::vector<std::string> signed_headers;
  std::optional<int64_t> expires_s;  // of presigned URLs
};

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  while (parts.size() < kSignedHeadersMax) {
    const size_t end = text.find(by);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

// `AKID/20261122/region/service/aws4_request`
bool read_credential(std::string_view text, Claim& claim) {
  // An access key may hold no '/', so the first one ends it.
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  claim.access_key_id = text.substr(0, slash);
  claim.scope = text.substr(slash + 1);
  const auto parts = split(claim.scope, '/');
  return parts.size() == 4 && parts[3] == "aws4_request";
}

void read_signed_headers(std::string_view text, Claim& claim) {
  for (std::string_view name : split(text, ';')) claim.signed_headers.emplace_back(name);
}

bool read_authorization(std::string_view header, const HttpRequest& request, Claim& claim) {
  header.remove_prefix(kAlgorithm.size());
  bool has_credential = false;
  for (std::string_view part : split(header, ',')) {
    part = trim(part);
    const size_t equals = part.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view name = part.substr(0, equals);
    const std::string_view value = part.substr(equals + 1);
    if (name == "Credential") has_credential = read_credential(value, claim);
    if (name == "SignedHeaders") read_signed_headers(value, claim);
    if (name == "Signature") claim.signature = value;
  }
  claim.date = request.header("x-amz-date");
  return has_credential && !claim.signature.empty() && !claim.signed_headers.empty() &&
         !claim.date.empty();
}

std::string_view parameter(const QueryParameters& query, std::string_view name) {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return {};
}

bool read_presigned(const QueryParameters& query, Claim& claim) {
  if (!read_credential(parameter(query, "X-Amz-Credential"), claim)) return false;
  read_signed_headers(parameter(query, "X-Amz-SignedHeaders"), claim);
  claim.signature = parameter(query, "X-Amz-Signature");
  claim.date = parameter(query, "X-Amz-Date");
  const std::string_view text = parameter(query, "X-Amz-Expires");
  int64_t seconds = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (code != std::errc() || end != text.data() + text.size()) return false;
  claim.expires_s = seconds;
  return seconds >= 1 && seconds <= kPresignedSecondsMax && !claim.signature.empty() &&
         !claim.date.empty();
}

// `20261122T130000Z`
std::optional<int64_t> read_date(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  std::string iso(text.substr(0, 4));
  iso.append("-").append(text.substr(4, 2)).append("-").append(text.substr(6, 2));
  iso.append("T").append(text.substr(9, 2)).append(":").append(text.substr(11, 2));
  iso.append(":").append(text.substr(13, 2)).append("Z");
  return parse_iso_ms(iso);
}

// Sorted by encoded name, then value; the signature itself is not part of it.
std::string canonical_query(const QueryParameters& query) {
  QueryParameters encoded;
  for (const auto& [name, value] : query) {
    if (name == "X-Amz-Signature") continue;
    encoded.emplace_back(percent_encoded(name), percent_encoded(value));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) {
    if (!text.empty()) text.push_back('&');
    text.append(name).append("=").append(value);
  }
  return text;
}

// Trimmed, with runs of blanks folded to one; several of one name joined by commas.
std::string canonical_header(const HttpRequest& request, std::string_view name) {
  std::string line(name);
  line.push_back(':');
  bool is_first = true;
  for (const auto& [header, value] : request.headers) {
    if (header != name) continue;
    if (!is_first) line.push_back(',');
    is_first = false;
    for (char c : trim(value)) {
      if (c == ' ' && line.back() == ' ') continue;
      line.push_back(c);
    }
  }
  return line.append("\n");
}

std::string canonical_request(const HttpRequest& request, const Claim& claim,
                              const QueryParameters& query, std::string_view service,
                              std::string_view payload_hash) {
  const std::string_view path = split_target(request.target).path;
  std::string text = request.method;
  text.append("\n");
  text.append(service == "s3" ? percent_encoded(percent_decoded(path), "/")
                              : percent_encoded(path, "/"));
  text.append("\n").append(canonical_query(query)).append("\n");
  std::string names;
  for (const std::string& name : claim.signed_headers) {
    text.append(canonical_header(request, name));
    if (!names.empty()) names.push_back(';');
    names.append(name);
  }
  return text.append("\n").append(names).append("\n").append(payload_hash);
}

SigV4Fault check_time(const Claim& claim, int64_t now_ms) {
  const auto signed_ms = read_date(claim.date);
  if (!signed_ms || !claim.scope.starts_with(std::string_view(claim.date).substr(0, 8))) {
    return SigV4Fault::malformed;
  }
  const int64_t age_ms = now_ms - *signed_ms;
  const int64_t age_ms_max = claim.expires_s ? *claim.expires_s * 1000 : kSkewMsMax;
  return age_ms < -kSkewMsMax || age_ms > age_ms_max ? SigV4Fault::skewed : SigV4Fault::none;
}

// The hash that was signed. A hash of the body itself is not compared here.
std::string signed_payload_hash(const HttpRequest& request, const Claim& claim) {
  const std::string_view header = request.header("x-amz-content-sha256");
  if (claim.expires_s) return std::string(header.empty() ? kUnsigned : header);
  if (!header.empty()) return std::string(header);
  return hex(fast_sha256(request.body));
}

bool is_payload(const HttpRequest& request, std::string_view hash) {
  if (hash == kUnsigned || hash.starts_with(kStreaming)) return true;
  return equals_ignoring_case(hash, hex(fast_sha256(request.body)));
}

SigV4Fault read_claim(const HttpRequest& request, const QueryParameters& query, Claim& claim) {
  const std::string_view authorization = request.header("authorization");
  if (authorization.starts_with(kAlgorithm)) {
    return read_authorization(authorization, request, claim) ? SigV4Fault::none
                                                             : SigV4Fault::malformed;
  }
  if (parameter(query, "X-Amz-Algorithm") == kAlgorithm) {
    return read_presigned(query, claim) ? SigV4Fault::none : SigV4Fault::malformed;
  }
  const bool is_old =
      authorization.starts_with("AWS ") || !parameter(query, "AWSAccessKeyId").empty();
  if (is_old) return SigV4Fault::version_2;
  return authorization.empty() ? SigV4Fault::missing : SigV4Fault::malformed;
}

}  // namespace

bool equals_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

Sha256 sigv4_signing_key(std::string_view secret, std::string_view scope) {
  std::string first = "AWS4";
  first.append(secret);
  Sha256 key{};
  std::string_view from = first;
  for (std::string_view part : split(scope, '/')) {
    key = hmac_sha256(from, part);
    from = as_text(key);
  }
  return key;
}

SigV4Result verify_sigv4(const HttpRequest& request, const Credentials& credentials,
                         std::string_view service, int64_t now_ms) {
  SigV4Result result;
  const QueryParameters query = read_query(split_target(request.target).query);
  Claim claim;
  const auto fail = [&](SigV4Fault fault) {
    result.fault = fault;
    return result;
  };
  if (const auto fault = read_claim(request, query, claim); fault != SigV4Fault::none) {
    return fail(fault);
  }
  if (claim.access_key_id != credentials.access_key_id) return fail(SigV4Fault::unknown_key);
  if (split(claim.scope, '/')[2] != service) return fail(SigV4Fault::wrong_scope);
  // The host decides where a request goes: a signature without it could be carried elsewhere.
  if (std::find(claim.signed_headers.begin(), claim.signed_headers.end(), "host") ==
      claim.signed_headers.end()) {
    return fail(SigV4Fault::malformed);
  }
  if (const auto fault = check_time(claim, now_ms); fault != SigV4Fault::none) return fail(fault);

  const std::string payload_hash = signed_payload_hash(request, claim);
  const std::string canonical = canonical_request(request, claim, query, service, payload_hash);
  std::string to_sign(kAlgorithm);
  to_sign.append("\n").append(claim.date).append("\n").append(claim.scope).append("\n");
  to_sign.append(hex(sha256(canonical)));
  result.signing_key = sigv4_signing_key(credentials.secret_access_key, claim.scope);
  const std::string expected = hex(hmac_sha256(as_text(result.signing_key), to_sign));
  if (!equals_in_constant_time(expected, claim.signature)) return fail(SigV4Fault::wrong);
  if (!is_payload(request, payload_hash)) return fail(SigV4Fault::wrong_payload);
  result.date = claim.date;
  result.scope = claim.scope;
  result.signature = claim.signature;
  return result;
}

}  // namespace edgehose
