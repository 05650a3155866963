// A frame is what one call put into a stream: the unit of the journal and of the buffer in memory.
//
//   magic u32 | kind u32 | payload bytes u32 | count u32 | arrival_ms i64 | checksum u64    (32
//   bytes) payload: the records' bytes one after the other lengths: u32 a record
//
// Little endian. The records lie together so that delivery hands them on without touching each one.
// A seal frame closes its file: its payload is a Seal, no lengths. Object frames are in files of
// their own (outputs.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edgehose {

inline constexpr size_t kFrameHeaderBytes = 32;

enum class FrameKind : uint32_t { records = 1, seal = 2, object = 3, end = 4 };

// The bytes of one whole frame and what its header says of them.
struct Frame {
  std::string bytes;
  FrameKind kind = FrameKind::records;
  uint32_t count = 0;
  uint32_t payload_bytes = 0;
  int64_t arrival_ms = 0;

  [[nodiscard]] std::string_view payload() const {
    return std::string_view(bytes).substr(kFrameHeaderBytes, payload_bytes);
  }
  [[nodiscard]] std::vector<std::string_view> records() const;
};
using FramePtr = std::shared_ptr<const Frame>;

// Gathers the records of one call. Each is decoded straight to where the journal and the delivered
// object will read it.
class FrameBuilder {
 public:
  // `payload_bytes_expected` only saves reallocation.
  explicit FrameBuilder(size_t payload_bytes_expected);

  // Decodes one record from base64. False, adding nothing, when it is malformed.
  [[nodiscard]] bool try_add_base64(std::string_view text);
  void add(std::string_view record);

  [[nodiscard]] size_t count() const { return lengths_.size(); }
  [[nodiscard]] uint64_t payload_bytes() const { return bytes_.size() - kFrameHeaderBytes; }
  [[nodiscard]] uint32_t length(size_t row) const { return lengths_[row]; }
  // A view until the next change.
  [[nodiscard]] std::string_view payload() const {
    return std::string_view(bytes_).substr(kFrameHeaderBytes);
  }
  // Leaves out the rows whose flag is set; one flag a row.
  void drop_rows(const std::vector<uint8_t>& dropped);

  // The finished frame. The builder is then empty.
  [[nodiscard]] Frame finish(int64_t arrival_ms);

 private:
  std::string bytes_;  // room for the header, then the payload
  std::vector<uint32_t> lengths_;
};

// What was decided about a segment before anything of it was written: the same after a restart.
// Written as "<bucket>\n<seed>\n<bytes of key>\n<key><config>": a key may hold anything.
struct Seal {
  std::string bucket;
  std::string key;     // empty where processing decides the keys
  uint64_t seed = 0;   // of what processing draws
  std::string config;  // of the stream at this moment, as encode_stream_config wrote it
};
[[nodiscard]] Frame make_seal_frame(const Seal& seal, int64_t arrival_ms);

// A frame of any kind with `payload` and no lengths.
[[nodiscard]] Frame make_frame(FrameKind kind, std::string payload, int64_t arrival_ms);

// The first frame of `rest`, and how many bytes it takes; nothing when there is no whole one.
struct FrameRead {
  Frame frame;
  size_t bytes = 0;
};
[[nodiscard]] std::optional<FrameRead> read_whole_frame(std::string_view rest);

// The frames of a journal file. Reading stops at the first byte that is not part of a whole frame:
// what a crash tore off. `good_bytes` is where that is.
struct FrameFile {
  std::vector<FramePtr> frames;  // of kind records
  std::optional<Seal> seal;
  uint64_t good_bytes = 0;
};
[[nodiscard]] FrameFile read_frames(std::string_view file);

}  // namespace edgehose
