#include "simulator/http/aws_chunked.h"

#include "shared/base/hmac.h"
#include "shared/base/text.h"
#include "simulator/http/checksums.h"

namespace edgehose {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kExtension = "chunk-signature=";
constexpr std::string_view kTrailerSignature = "x-amz-trailer-signature";
// A chunk's length has at most this many digits: far above any body bound.
constexpr size_t kLengthDigitsMax = 12;
constexpr size_t kTrailersMax = 16;

// Takes a line without its end; false when there is no whole one.
bool take_line(std::string_view& rest, std::string_view& line) {
  const size_t end = rest.find(kLineEnd);
  if (end == std::string_view::npos) return false;
  line = rest.substr(0, end);
  rest.remove_prefix(end + kLineEnd.size());
  return true;
}

bool read_length(std::string_view text, size_t& length) {
  if (text.empty() || text.size() > kLengthDigitsMax) return false;
  length = 0;
  for (char c : text) {
    if (hex_value(c) < 0) return false;
    length = length * 16 + static_cast<size_t>(hex_value(c));
  }
  return true;
}

// The chain of signatures: each signs the one before.
class ChunkSigner {
 public:
  explicit ChunkSigner(const SigV4Result* seed)
      : seed_(seed), previous_(seed == nullptr ? "" : seed->signature) {}

  bool accepts_chunk(std::string_view data, std::string_view signature) {
    if (seed_ == nullptr) return true;
    std::string to_sign = head("AWS4-HMAC-SHA256-PAYLOAD");
    to_sign.append(hex(sha256({}))).append("\n").append(hex(fast_sha256(data)));
    return accepts(to_sign, signature);
  }

  bool accepts_trailer(std::string_view lines, std::string_view signature) {
    if (seed_ == nullptr) return true;
    std::string to_sign = head("AWS4-HMAC-SHA256-TRAILER");
    to_sign.append(hex(sha256(lines)));
    return accepts(to_sign, signature);
  }

 private:
  std::string head(std::string_view algorithm) const {
    std::string text(algorithm);
    text.append("\n").append(seed_->date).append("\n").append(seed_->scope).append("\n");
    return text.append(previous_).append("\n");
  }

  bool accepts(std::string_view to_sign, std::string_view signature) {
    previous_ = hex(hmac_sha256(as_text(seed_->signing_key), to_sign));
    return equals_in_constant_time(previous_, signature);
  }

  const SigV4Result* seed_;
  std::string previous_;
};

// Takes one chunk; `is_last` is the empty one.
ChunkedFault take_chunk(std::string_view& rest, ChunkSigner& signer, ChunkedBody& body,
                        bool& is_last) {
  std::string_view line;
  if (!take_line(rest, line)) return ChunkedFault::malformed;
  const size_t mark = line.find(';');
  size_t length = 0;
  if (!read_length(line.substr(0, mark), length)) return ChunkedFault::malformed;
  std::string_view signature;
  if (mark != std::string_view::npos) {
    signature = line.substr(mark + 1);
    if (!signature.starts_with(kExtension)) return ChunkedFault::malformed;
    signature.remove_prefix(kExtension.size());
  }
  is_last = length == 0;
  if (rest.size() < length) return ChunkedFault::malformed;
  const std::string_view data = rest.substr(0, length);
  if (!signer.accepts_chunk(data, signature)) return ChunkedFault::wrong_signature;
  if (is_last) return ChunkedFault::none;
  rest.remove_prefix(length);
  if (!rest.starts_with(kLineEnd)) return ChunkedFault::malformed;
  rest.remove_prefix(kLineEnd.size());
  body.bytes.append(data);
  return ChunkedFault::none;
}

// Trailers up to the empty line; a body may also end right after the last chunk.
ChunkedFault take_trailers(std::string_view rest, ChunkSigner& signer, ChunkedBody& body) {
  std::string canonical;
  std::string signature;
  std::string_view line;
  while (take_line(rest, line) && !line.empty()) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || body.trailers.size() == kTrailersMax) {
      return ChunkedFault::malformed;
    }
    std::string name(trim(line.substr(0, colon)));
    for (char& c : name) c = to_lower(c);
    const std::string value(trim(line.substr(colon + 1)));
    if (name == kTrailerSignature) {
      signature = value;
      continue;
    }
    canonical.append(name).append(":").append(value).append("\n");
    body.trailers.emplace_back(std::move(name), value);
  }
  if (!rest.empty()) return ChunkedFault::malformed;
  if (body.trailers.empty() && signature.empty()) return ChunkedFault::none;
  return signer.accepts_trailer(canonical, signature) ? ChunkedFault::none
                                                      : ChunkedFault::wrong_signature;
}

}  // namespace

ChunkedBody read_aws_chunked(std::string_view body, const SigV4Result* seed) {
  ChunkedBody result;
  ChunkSigner signer(seed);
  bool is_last = false;
  while (!is_last) {
    result.fault = take_chunk(body, signer, result, is_last);
    if (result.fault != ChunkedFault::none) return result;
  }
  result.fault = take_trailers(body, signer, result);
  return result;
}

}  // namespace edgehose
