// A log of records in one file, each with its length and checksum: what a service writes before it
// answers. Reading stops at the first byte that is no whole record: what a crash tore off.
//
//   u32 bytes | u32 kind | u64 XXH64 of the eight bytes before and the payload | payload
//
// Little endian.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edgehose {

inline constexpr uint32_t kLogRecordBytesMax = 64U << 20;

struct LogRecord {
  uint32_t kind = 0;
  std::string payload;
};

void append_log_record(std::string& out, uint32_t kind, std::string_view payload);

struct LogFile {
  std::vector<LogRecord> records;
  uint64_t good_bytes = 0;  // of whole records
};
[[nodiscard]] LogFile read_log(std::string_view file);

// The fields of a payload, one after the other: numbers as eight bytes, texts behind their length.
class FieldWriter {
 public:
  FieldWriter& number(uint64_t value);
  FieldWriter& time(int64_t value) { return number(static_cast<uint64_t>(value)); }
  FieldWriter& text(std::string_view value);
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads them back. Past the end, and after a text that is longer than what is left, ok() is false
// and every value empty.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : rest_(bytes) {}
  [[nodiscard]] uint64_t number();
  [[nodiscard]] int64_t time() { return static_cast<int64_t>(number()); }
  [[nodiscard]] std::string text();
  // A count of items of at least one byte each: never above what is left.
  [[nodiscard]] size_t count();
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace edgehose
