#include "simulator/services/firehose/frame.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>

#include "shared/base/base64.h"
#include "simulator/engine/checksum.h"

namespace edgehose {
namespace {

constexpr uint32_t kMagic = 0x314a4845;  // "EHJ1"
constexpr size_t kChecksumAt = 24;
// No call may put more than 4 MiB, and no object is larger: a buffer is at most 128 MiB.
constexpr uint32_t kPayloadBytesMax = 1U << 30;
constexpr uint32_t kCountMax = 1U << 16;

template <typename T>
void store(std::string& bytes, size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

template <typename T>
T load(std::string_view bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

uint64_t checksum_of(std::string_view frame) {
  return xxh64(frame.substr(kFrameHeaderBytes), xxh64(frame.substr(0, kChecksumAt)));
}

// `bytes` holds room for the header, the payload and the lengths; the header is filled in.
Frame close_frame(std::string bytes, FrameKind kind, uint32_t payload_bytes, uint32_t count,
                  int64_t arrival_ms) {
  store(bytes, 0, kMagic);
  store(bytes, 4, static_cast<uint32_t>(kind));
  store(bytes, 8, payload_bytes);
  store(bytes, 12, count);
  store(bytes, 16, arrival_ms);
  store(bytes, kChecksumAt, checksum_of(bytes));
  return Frame{std::move(bytes), kind, count, payload_bytes, arrival_ms};
}

// Bytes of the whole frame at the start of `rest`; 0 when there is none.
size_t whole_frame_bytes(std::string_view rest) {
  if (rest.size() < kFrameHeaderBytes || load<uint32_t>(rest, 0) != kMagic) return 0;
  const auto payload_bytes = load<uint32_t>(rest, 8);
  const auto count = load<uint32_t>(rest, 12);
  if (payload_bytes > kPayloadBytesMax || count > kCountMax) return 0;
  const size_t bytes = kFrameHeaderBytes + payload_bytes + size_t{4} * count;
  if (bytes > rest.size()) return 0;
  return checksum_of(rest.substr(0, bytes)) == load<uint64_t>(rest, kChecksumAt) ? bytes : 0;
}

Frame read_frame(std::string_view bytes) {
  Frame frame;
  frame.kind = static_cast<FrameKind>(load<uint32_t>(bytes, 4));
  frame.payload_bytes = load<uint32_t>(bytes, 8);
  frame.count = load<uint32_t>(bytes, 12);
  frame.arrival_ms = load<int64_t>(bytes, 16);
  frame.bytes = bytes;
  return frame;
}

std::string_view take_line(std::string_view& rest) {
  const size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

template <typename Number>
Number take_number(std::string_view& rest) {
  const std::string_view line = take_line(rest);
  Number number = 0;
  std::from_chars(line.data(), line.data() + line.size(), number);
  return number;
}

Seal read_seal(std::string_view payload) {
  Seal seal;
  seal.bucket = take_line(payload);
  seal.seed = take_number<uint64_t>(payload);
  const size_t key_bytes = std::min(take_number<size_t>(payload), payload.size());
  seal.key = payload.substr(0, key_bytes);
  seal.config = payload.substr(key_bytes);
  return seal;
}

}  // namespace

std::vector<std::string_view> Frame::records() const {
  std::vector<std::string_view> views;
  views.reserve(count);
  size_t at = kFrameHeaderBytes;
  for (uint32_t row = 0; row < count; ++row) {
    const auto length = load<uint32_t>(bytes, kFrameHeaderBytes + payload_bytes + size_t{4} * row);
    views.push_back(std::string_view(bytes).substr(at, length));
    at += length;
  }
  return views;
}

FrameBuilder::FrameBuilder(size_t payload_bytes_expected) {
  bytes_.reserve(kFrameHeaderBytes + payload_bytes_expected);
  bytes_.resize(kFrameHeaderBytes);
}

bool FrameBuilder::try_add_base64(std::string_view text) {
  const size_t before = bytes_.size();
  if (!base64_decode(text, bytes_)) return false;
  lengths_.push_back(static_cast<uint32_t>(bytes_.size() - before));
  return true;
}

void FrameBuilder::add(std::string_view record) {
  bytes_.append(record);
  lengths_.push_back(static_cast<uint32_t>(record.size()));
}

void FrameBuilder::drop_rows(const std::vector<uint8_t>& dropped) {
  size_t from = kFrameHeaderBytes;
  size_t to = kFrameHeaderBytes;
  size_t kept = 0;
  for (size_t row = 0; row < lengths_.size(); ++row) {
    const uint32_t length = lengths_[row];
    if (dropped[row] == 0) {
      std::memmove(bytes_.data() + to, bytes_.data() + from, length);
      to += length;
      lengths_[kept++] = length;
    }
    from += length;
  }
  lengths_.resize(kept);
  bytes_.resize(to);
}

Frame FrameBuilder::finish(int64_t arrival_ms) {
  const auto payload_bytes = static_cast<uint32_t>(bytes_.size() - kFrameHeaderBytes);
  const auto count = static_cast<uint32_t>(lengths_.size());
  bytes_.append(reinterpret_cast<const char*>(lengths_.data()), lengths_.size() * 4);
  lengths_.clear();
  return close_frame(std::exchange(bytes_, {}), FrameKind::records, payload_bytes, count,
                     arrival_ms);
}

Frame make_frame(FrameKind kind, std::string payload, int64_t arrival_ms) {
  const auto payload_bytes = static_cast<uint32_t>(payload.size());
  payload.insert(0, kFrameHeaderBytes, '\0');
  return close_frame(std::move(payload), kind, payload_bytes, 0, arrival_ms);
}

Frame make_seal_frame(const Seal& seal, int64_t arrival_ms) {
  std::string payload = seal.bucket;
  payload.append("\n").append(std::to_string(seal.seed)).append("\n");
  payload.append(std::to_string(seal.key.size())).append("\n");
  payload.append(seal.key).append(seal.config);
  return make_frame(FrameKind::seal, std::move(payload), arrival_ms);
}

std::optional<FrameRead> read_whole_frame(std::string_view rest) {
  const size_t bytes = whole_frame_bytes(rest);
  if (bytes == 0) return std::nullopt;
  return FrameRead{read_frame(rest.substr(0, bytes)), bytes};
}

FrameFile read_frames(std::string_view file) {
  FrameFile result;
  while (auto read = read_whole_frame(file.substr(result.good_bytes))) {
    result.good_bytes += read->bytes;
    if (read->frame.kind == FrameKind::seal) {
      result.seal = read_seal(read->frame.payload());
      break;
    }
    result.frames.push_back(std::make_shared<const Frame>(std::move(read->frame)));
  }
  return result;
}

}  // namespace edgehose
