#include "simulator/http/gzip_compressor.h"

#include <libdeflate.h>

#include <memory>

namespace edgehose {
namespace {

// Where libdeflate's speed and size meet best on NDJSON.
constexpr int kLevel = 6;

}  // namespace

Result<std::string> GzipCompressor::gzip(std::string_view bytes) const {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(kLevel), libdeflate_free_compressor);
  if (compressor == nullptr) return Error::out_of_space;
  std::string packed(libdeflate_gzip_compress_bound(compressor.get(), bytes.size()), '\0');
  packed.resize(libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(),
                                         packed.data(), packed.size()));
  if (packed.empty()) return Error::too_large;
  return packed;
}

}  // namespace edgehose
