#include "simulator/http/gzip_compressor.h"

#include <zlib.h>

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

// zlib reads what libdeflate wrote.
std::string gunzip(const std::string& packed) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK);
  std::string plain(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  REQUIRE(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  plain.resize(stream.total_out);
  inflateEnd(&stream);
  return plain;
}

}  // namespace

TEST_CASE("gzip compressor: another library reads it, and equal bytes give equal members") {
  const GzipCompressor compressor;
  std::string lines;
  for (int i = 0; i < 5'000; ++i) lines += "{\"i\":" + std::to_string(i) + "}\n";
  for (const std::string& plain : {std::string(), std::string("x"), lines}) {
    const std::string packed = compressor.gzip(plain).value();
    REQUIRE(gunzip(packed) == plain);
    REQUIRE(compressor.gzip(plain).value() == packed);
  }
  REQUIRE(compressor.gzip(lines).value().size() < lines.size() / 3);
}
