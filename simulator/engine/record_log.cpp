#include "simulator/engine/record_log.h"

#include <cstring>

#include "simulator/engine/checksum.h"

namespace edgehose {
namespace {

constexpr size_t kHeadBytes = 16;

template <typename T>
void append_raw(std::string& out, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

template <typename T>
T read_raw(std::string_view bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

}  // namespace

void append_log_record(std::string& out, uint32_t kind, std::string_view payload) {
  const size_t start = out.size();
  append_raw(out, static_cast<uint32_t>(payload.size()));
  append_raw(out, kind);
  const uint64_t head = xxh64(std::string_view(out).substr(start, 8));
  append_raw(out, xxh64(payload, head));
  out.append(payload);
}

LogFile read_log(std::string_view file) {
  LogFile log;
  while (file.size() - log.good_bytes >= kHeadBytes) {
    const std::string_view rest = file.substr(log.good_bytes);
    const auto bytes = read_raw<uint32_t>(rest, 0);
    if (bytes > kLogRecordBytesMax || rest.size() - kHeadBytes < bytes) break;
    const std::string_view payload = rest.substr(kHeadBytes, bytes);
    if (xxh64(payload, xxh64(rest.substr(0, 8))) != read_raw<uint64_t>(rest, 8)) break;
    log.records.push_back({read_raw<uint32_t>(rest, 4), std::string(payload)});
    log.good_bytes += kHeadBytes + bytes;
  }
  return log;
}

FieldWriter& FieldWriter::number(uint64_t value) {
  append_raw(bytes_, value);
  return *this;
}

FieldWriter& FieldWriter::text(std::string_view value) {
  append_raw(bytes_, static_cast<uint32_t>(value.size()));
  bytes_.append(value);
  return *this;
}

uint64_t FieldReader::number() {
  if (!ok_ || rest_.size() < sizeof(uint64_t)) {
    ok_ = false;
    return 0;
  }
  const auto value = read_raw<uint64_t>(rest_, 0);
  rest_.remove_prefix(sizeof value);
  return value;
}

std::string FieldReader::text() {
  if (!ok_ || rest_.size() < sizeof(uint32_t)) {
    ok_ = false;
    return "";
  }
  const auto bytes = read_raw<uint32_t>(rest_, 0);
  rest_.remove_prefix(sizeof bytes);
  if (bytes > rest_.size()) {
    ok_ = false;
    return "";
  }
  std::string value(rest_.substr(0, bytes));
  rest_.remove_prefix(bytes);
  return value;
}

size_t FieldReader::count() {
  const uint64_t value = number();
  if (value > rest_.size()) ok_ = false;
  return ok_ ? static_cast<size_t>(value) : 0;
}

}  // namespace edgehose
