#include "simulator/adapters/compressors.h"

#include <snappy.h>
#include <zlib.h>

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

// Others read what was written here: zlib the deflated bytes, snappy's own decoder its blocks.
std::string inflate_all(std::string_view packed, int window_bits) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, window_bits) == Z_OK);
  std::string plain(4U << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  REQUIRE(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  plain.resize(stream.total_out);
  inflateEnd(&stream);
  return plain;
}

uint32_t take_u32(std::string_view& rest) {
  REQUIRE(rest.size() >= 4);
  uint32_t number = 0;
  for (int i = 0; i < 4; ++i)
    number = number << 8 | static_cast<uint8_t>(rest[static_cast<size_t>(i)]);
  rest.remove_prefix(4);
  return number;
}

std::string take_block(std::string_view& rest) {
  const uint32_t bytes = take_u32(rest);
  REQUIRE(bytes <= rest.size());
  std::string plain;
  REQUIRE(snappy::Uncompress(rest.data(), bytes, &plain));
  rest.remove_prefix(bytes);
  return plain;
}

std::vector<std::string> samples() {
  std::string lines;
  for (int i = 0; i < 50'000; ++i) lines += "{\"i\":" + std::to_string(i) + "}\n";
  return {"", "x", lines, std::string(300'000, 'a')};
}

}  // namespace

TEST_CASE("compressors: gzip is read by zlib, and equal bytes give equal members") {
  const Compressors compressors;
  for (const std::string& plain : samples()) {
    const auto packed = compressors.compress(Compression::gzip, plain, "");
    REQUIRE(inflate_all(packed.value(), 16 + MAX_WBITS) == plain);
    REQUIRE(compressors.compress(Compression::gzip, plain, "other").value() == packed.value());
    REQUIRE(compressors.gunzip(packed.value(), 4U << 20).value() == plain);
  }
}

TEST_CASE("compressors: gunzip reads members one after the other, and stops at its bound") {
  const Compressors compressors;
  const std::string one = compressors.compress(Compression::gzip, "one\n", "").value();
  const std::string two = compressors.compress(Compression::gzip, "two\n", "").value();
  REQUIRE(compressors.gunzip(one + two, 8).value() == "one\ntwo\n");
  REQUIRE(compressors.gunzip(one + two, 7).error() == Error::too_large);
  REQUIRE(compressors.gunzip("", 8).error() == Error::malformed);
  REQUIRE(compressors.gunzip("plain", 8).error() == Error::malformed);
  REQUIRE(compressors.gunzip(one + "x", 8).error() == Error::malformed);
  for (size_t bytes = 1; bytes < one.size(); ++bytes) {
    REQUIRE(compressors.gunzip(one.substr(0, bytes), 8).error() == Error::malformed);
  }
}

TEST_CASE("compressors: a ZIP archive has one deflated member of the name given") {
  const Compressors compressors;
  for (const std::string& plain : samples()) {
    const std::string file = compressors.compress(Compression::zip, plain, "object").value();
    REQUIRE(file.starts_with("PK\x03\x04"));
    REQUIRE(file.substr(30, 6) == "object");
    const size_t directory = file.rfind("PK\x01\x02");
    REQUIRE(inflate_all(std::string_view(file).substr(36, directory - 36), -MAX_WBITS) == plain);
    REQUIRE(file.substr(file.size() - 22, 4) == "PK\x05\x06");
  }
}

TEST_CASE("compressors: both framings of snappy hold blocks behind their lengths") {
  const Compressors compressors;
  for (const std::string& plain : samples()) {
    const std::string java = compressors.compress(Compression::snappy, plain, "").value();
    std::string_view rest = java;
    REQUIRE(rest.substr(0, 16) == std::string_view("\x82SNAPPY\0\0\0\0\1\0\0\0\1", 16));
    rest.remove_prefix(16);
    std::string read;
    while (!rest.empty()) read += take_block(rest);
    REQUIRE(read == plain);
    const std::string hadoop = compressors.compress(Compression::hadoop_snappy, plain, "").value();
    rest = hadoop;
    read.clear();
    while (!rest.empty()) {
      const uint32_t block_bytes = take_u32(rest);
      const std::string block = take_block(rest);
      REQUIRE(block.size() == block_bytes);
      read += block;
    }
    REQUIRE(read == plain);
  }
  REQUIRE(compressors.compress(Compression::none, "x", "").value() == "x");
}
