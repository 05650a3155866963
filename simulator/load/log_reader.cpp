#include "simulator/load/log_reader.h"

#include <zlib.h>

#include <algorithm>

namespace edgehose {
namespace {

constexpr size_t kLineBytesMax = 1 << 20;
constexpr unsigned kChunkBytes = 64 * 1024;

}  // namespace

void LogReader::Closer::operator()(gzFile_s* file) const { gzclose(file); }

Result<LogReader> LogReader::open(const std::string& path) {
  gzFile file = gzopen(path.c_str(), "rbe");  // reads what is not gzip as it is
  if (file == nullptr) return Error::not_found;
  return LogReader(file);
}

bool LogReader::fill() {
  chunk_.resize(kChunkBytes);
  const int got = gzread(file_.get(), chunk_.data(), kChunkBytes);
  int fault = Z_OK;
  gzerror(file_.get(), &fault);
  if (got < 0 || (got == 0 && fault != Z_OK && fault != Z_STREAM_END)) failed_ = true;
  chunk_.resize(static_cast<size_t>(std::max(got, 0)));
  at_ = 0;
  return !chunk_.empty();
}

bool LogReader::next(std::string& line) {
  line.clear();
  bool any = false;
  while (at_ < chunk_.size() || fill()) {
    any = true;
    const size_t end = std::min(chunk_.find('\n', at_), chunk_.size());
    line.append(chunk_, at_, std::min(end - at_, kLineBytesMax - line.size()));
    at_ = end + 1;  // past the newline, or past the chunk: the line goes on in the next
    if (end < chunk_.size()) break;
  }
  if (any) ++line_number_;
  return any;
}

}  // namespace edgehose
