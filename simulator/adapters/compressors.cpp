#include "simulator/adapters/compressors.h"

#include <libdeflate.h>
#include <snappy.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>

namespace edgehose {
namespace {

// A tenth larger than zlib at its default level on delivered lines, in less than half the time of
// libdeflate at 6.
constexpr int kLevel = 3;
// snappy-java's own default, and what every Hadoop reader has room for.
constexpr size_t kJavaBlockBytes = size_t{32} << 10;
constexpr size_t kHadoopBlockBytes = size_t{128} << 10;
// What a ZIP archive without its 64-bit extension can hold.
constexpr size_t kZipBytesMax = 0xffffffff;
constexpr size_t kInflateStep = size_t{64} << 10;

using DeflateCompressor =
    std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)>;

DeflateCompressor make_compressor() {
  return {libdeflate_alloc_compressor(kLevel), libdeflate_free_compressor};
}

Result<std::string> gzip(std::string_view bytes) {
  const DeflateCompressor compressor = make_compressor();
  if (compressor == nullptr) return Error::out_of_space;
  std::string packed(libdeflate_gzip_compress_bound(compressor.get(), bytes.size()), '\0');
  packed.resize(libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(),
                                         packed.data(), packed.size()));
  if (packed.empty()) return Error::too_large;
  return packed;
}

template <typename... Numbers>
void append_little(std::string& out, Numbers... numbers) {
  const auto append = [&out](auto number) {
    for (size_t i = 0; i < sizeof number; ++i) {
      out.push_back(static_cast<char>(static_cast<uint64_t>(number) >> (8 * i) & 255U));
    }
  };
  (append(numbers), ...);
}

void append_big_u32(std::string& out, size_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(number >> shift & 255U));
  }
}

// A local header, the deflated bytes, the central directory of one entry and its end. PKWARE's
// APPNOTE.TXT 6.3.10, 4.3.
Result<std::string> zip(std::string_view bytes, std::string_view name) {
  if (bytes.size() >= kZipBytesMax || name.size() > UINT16_MAX) return Error::too_large;
  const DeflateCompressor compressor = make_compressor();
  if (compressor == nullptr) return Error::out_of_space;
  std::string packed(libdeflate_deflate_compress_bound(compressor.get(), bytes.size()), '\0');
  packed.resize(libdeflate_deflate_compress(compressor.get(), bytes.data(), bytes.size(),
                                            packed.data(), packed.size()));
  if (packed.empty()) return Error::too_large;
  constexpr uint16_t kVersion = 20;
  constexpr uint16_t kUtf8Name = 1U << 11;
  constexpr uint16_t kDeflated = 8;
  constexpr uint16_t kMidnight = 0;
  constexpr uint16_t kFirstDay = 1U << 5 | 1U;  // 1980-01-01
  const uint32_t crc = libdeflate_crc32(0, bytes.data(), bytes.size());
  const auto packed_bytes = static_cast<uint32_t>(packed.size());
  const auto plain_bytes = static_cast<uint32_t>(bytes.size());
  const auto name_bytes = static_cast<uint16_t>(name.size());
  const uint16_t none = 0;
  std::string file;
  append_little(file, uint32_t{0x04034b50}, kVersion, kUtf8Name, kDeflated, kMidnight, kFirstDay,
                crc, packed_bytes, plain_bytes, name_bytes, none);
  file.append(name).append(packed);
  const auto directory_at = static_cast<uint32_t>(file.size());
  append_little(file, uint32_t{0x02014b50}, kVersion, kVersion, kUtf8Name, kDeflated, kMidnight,
                kFirstDay, crc, packed_bytes, plain_bytes, name_bytes, none, none, none, none,
                uint32_t{0}, uint32_t{0});
  file.append(name);
  const auto directory_bytes = static_cast<uint32_t>(file.size() - directory_at);
  append_little(file, uint32_t{0x06054b50}, none, none, uint16_t{1}, uint16_t{1}, directory_bytes,
                directory_at, none);
  return file;
}

std::string snappy_blocks(std::string_view bytes, size_t block_bytes, std::string file,
                          bool states_plain_bytes) {
  for (size_t at = 0; at < bytes.size(); at += block_bytes) {
    const std::string_view block = bytes.substr(at, block_bytes);
    std::string packed;
    snappy::Compress(block.data(), block.size(), &packed);
    if (states_plain_bytes) append_big_u32(file, block.size());
    append_big_u32(file, packed.size());
    file.append(packed);
  }
  return file;
}

std::string java_head() {
  std::string head("\x82SNAPPY\0", 8);
  append_big_u32(head, 1);  // its version, and the oldest that can read it
  append_big_u32(head, 1);
  return head;
}

}  // namespace

Result<std::string> Compressors::compress(Compression format, std::string_view bytes,
                                          std::string_view name) const {
  switch (format) {
    case Compression::none:
      return std::string(bytes);
    case Compression::gzip:
      return gzip(bytes);
    case Compression::zip:
      return zip(bytes, name);
    case Compression::snappy:
      return snappy_blocks(bytes, kJavaBlockBytes, java_head(), false);
    case Compression::hadoop_snappy:
      return snappy_blocks(bytes, kHadoopBlockBytes, {}, true);
  }
  return Error::malformed;
}

Result<std::string> Compressors::gunzip(std::string_view bytes, size_t bytes_max) const {
  z_stream stream{};
  constexpr int kGzipOnly = 15 + 16;
  if (inflateInit2(&stream, kGzipOnly) != Z_OK) return Error::out_of_space;
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> ends(&stream, inflateEnd);
  std::string plain;
  std::array<char, kInflateStep> step{};
  // zlib does not write to its input.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(std::min<size_t>(bytes.size(), UINT32_MAX));
  int status = Z_DATA_ERROR;
  while (stream.avail_in > 0) {
    stream.next_out = reinterpret_cast<Bytef*>(step.data());
    stream.avail_out = static_cast<uInt>(step.size());
    status = inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END) return Error::malformed;
    plain.append(step.data(), step.size() - stream.avail_out);
    if (plain.size() > bytes_max) return Error::too_large;
    // Another member may follow.
    if (status == Z_STREAM_END && stream.avail_in > 0) inflateReset(&stream);
  }
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(step.data());
    stream.avail_out = static_cast<uInt>(step.size());
    status = inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END) return Error::malformed;
    plain.append(step.data(), step.size() - stream.avail_out);
    if (plain.size() > bytes_max) return Error::too_large;
  }
  if (status != Z_STREAM_END) return Error::malformed;
  return plain;
}

}  // namespace edgehose
