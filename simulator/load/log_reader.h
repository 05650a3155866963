// Lines of a text file, gzip or plain, one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "shared/base/result.h"

struct gzFile_s;  // of zlib

namespace edgehose {

class LogReader {
 public:
  // Error::not_found when the file cannot be opened.
  [[nodiscard]] static Result<LogReader> open(const std::string& path);

  // Gives the next line without its end. Of a line above 1 MiB the rest is skipped: it is cut.
  // False at the end, or where the file is damaged: then failed() is true.
  [[nodiscard]] bool next(std::string& line);
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] uint64_t line_number() const { return line_number_; }  // of the line given last

 private:
  struct Closer {
    void operator()(gzFile_s* file) const;
  };

  explicit LogReader(gzFile_s* file) : file_(file) {}
  bool fill();

  std::unique_ptr<gzFile_s, Closer> file_;
  std::string chunk_;
  size_t at_ = 0;
  uint64_t line_number_ = 0;
  bool failed_ = false;
};

}  // namespace edgehose
