#include "simulator/lake/object_lines.h"

#include <zlib.h>

#include <array>
#include <memory>
#include <string>

namespace edgehose {
namespace {

// Decoded bytes go from one stage to the next; each stage returns what to end with, or whole.
class Stage {
 public:
  virtual ~Stage() = default;
  virtual LinesEnd add(std::string_view bytes) = 0;
  virtual LinesEnd end() = 0;
};

class Splitter final : public Stage {
 public:
  explicit Splitter(const std::function<void(std::string_view)>& on_line) : on_line_(on_line) {}

  LinesEnd add(std::string_view bytes) override {
    while (!bytes.empty()) {
      const size_t newline = bytes.find('\n');
      const std::string_view part = bytes.substr(0, newline);
      if (newline == std::string_view::npos) {
        held_ += part;
        return held_.size() > kLakeLineBytesMax ? LinesEnd::too_long : LinesEnd::whole;
      }
      give(part);
      bytes.remove_prefix(newline + 1);
    }
    return LinesEnd::whole;
  }

  LinesEnd end() override {
    give({});
    return LinesEnd::whole;
  }

 private:
  // A line that lies whole in one chunk is not copied.
  void give(std::string_view part) {
    if (!held_.empty()) {
      held_ += part;
      part = held_;
    }
    if (!part.empty()) on_line_(part);
    held_.clear();
  }

  const std::function<void(std::string_view)>& on_line_;
  std::string held_;
};

// Decodes gzip members one after the other, where the first two bytes announce them; passes other
// bytes through.
class Gunzip final : public Stage {
 public:
  explicit Gunzip(Stage& next) : next_(next) {}
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;
  ~Gunzip() override {
    if (mode_ == Mode::gzip) inflateEnd(&stream_);
  }

  LinesEnd add(std::string_view bytes) override {
    if (mode_ == Mode::unknown) {
      head_ += bytes;
      if (head_.size() < 2) return LinesEnd::whole;
      const LinesEnd decided = decide();
      return decided == LinesEnd::whole ? pass(head_) : decided;
    }
    return pass(bytes);
  }

  LinesEnd end() override {
    if (mode_ == Mode::unknown && !head_.empty()) {
      const LinesEnd passed = next_.add(head_);
      if (passed != LinesEnd::whole) return passed;
    }
    if (mode_ == Mode::gzip && in_member_) {
      next_.end();
      return LinesEnd::damaged;
    }
    return next_.end();
  }

 private:
  enum class Mode : uint8_t { unknown, plain, gzip };

  LinesEnd decide() {
    const bool is_gzip = head_[0] == '\x1f' && head_[1] == '\x8b';
    if (!is_gzip) {
      mode_ = Mode::plain;
      return LinesEnd::whole;
    }
    constexpr int kGzipOnly = 16;
    if (inflateInit2(&stream_, kGzipOnly + MAX_WBITS) != Z_OK) return LinesEnd::damaged;
    mode_ = Mode::gzip;
    return LinesEnd::whole;
  }

  LinesEnd pass(std::string_view bytes) {
    return mode_ == Mode::gzip ? decode(bytes) : next_.add(bytes);
  }

  LinesEnd decode(std::string_view bytes) {
    // zlib only reads through next_in.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    bool out_was_full = false;
    while (stream_.avail_in > 0 || out_was_full) {
      in_member_ = true;
      stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
      stream_.avail_out = static_cast<uInt>(out_.size());
      const int code = inflate(&stream_, Z_NO_FLUSH);
      const std::string_view decoded(out_.data(), out_.size() - stream_.avail_out);
      out_was_full = stream_.avail_out == 0 && code == Z_OK;
      const LinesEnd passed = next_.add(decoded);
      if (passed != LinesEnd::whole) return passed;
      if (code == Z_STREAM_END) {
        in_member_ = false;
        inflateReset(&stream_);
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        return LinesEnd::damaged;
      }
    }
    return LinesEnd::whole;
  }

  Stage& next_;
  Mode mode_ = Mode::unknown;
  bool in_member_ = false;
  std::string head_;
  z_stream stream_{};
  std::array<char, 65'536> out_{};
};

}  // namespace

LinesEnd for_each_line(std::string_view bytes,
                       const std::function<void(std::string_view line)>& on_line) {
  constexpr size_t kChunkBytes = 1 << 20;  // below what zlib's 32-bit counts hold
  Splitter splitter(on_line);
  const auto inner = std::make_unique<Gunzip>(static_cast<Stage&>(splitter));
  const auto outer = std::make_unique<Gunzip>(static_cast<Stage&>(*inner));
  while (!bytes.empty()) {
    const LinesEnd added = outer->add(bytes.substr(0, kChunkBytes));
    if (added != LinesEnd::whole) return added;
    bytes.remove_prefix(std::min(bytes.size(), kChunkBytes));
  }
  return outer->end();
}

}  // namespace edgehose
