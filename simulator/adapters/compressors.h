// Every compression format of Firehose, and gunzip. Any thread.
#pragma once

#include "simulator/services/firehose/processing_world.h"

namespace edgehose {

// GZIP carries no time and no name; a ZIP archive has one member, deflated, of 1980-01-01.
//
// Snappy is the framing of snappy-java's streams (a magic number, then blocks, each behind its
// length): [mem] AWS's pages do not say; readers of objects from accounts found this one.
// HADOOP_SNAPPY is that of Hadoop's codec: each block behind its length before and after
// compression. All lengths are 32 bits, big endian.
class Compressors final : public Compressor {
 public:
  [[nodiscard]] Result<std::string> compress(Compression format, std::string_view bytes,
                                             std::string_view name) const override;
  [[nodiscard]] Result<std::string> gunzip(std::string_view bytes, size_t bytes_max) const override;
};

}  // namespace edgehose
