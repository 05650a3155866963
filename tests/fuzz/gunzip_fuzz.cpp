// Records that say they are gzip.
#include "simulator/adapters/compressors.h"
#include "tests/fuzz/fuzz.h"

using namespace edgehose;
using namespace edgehose::fuzz;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes = text_of(data, size);
  const Compressors compressors;
  constexpr size_t kBytesMax = 1U << 16;
  const auto plain = compressors.gunzip(bytes, kBytesMax);
  if (plain) {
    check(plain.value().size() <= kBytesMax, "no more than was asked for");
    const auto packed = compressors.compress(Compression::gzip, plain.value(), "");
    check(compressors.gunzip(packed.value(), kBytesMax).value() == plain.value(), "and back");
  }
  for (const auto format :
       {Compression::gzip, Compression::zip, Compression::snappy, Compression::hadoop_snappy}) {
    check(static_cast<bool>(compressors.compress(format, bytes, "n")), "anything is compressed");
  }
  return 0;
}
