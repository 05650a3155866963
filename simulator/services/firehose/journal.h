// The journal: what was acknowledged and is not yet in an object. A folder a stream:
//
//   <root>/<stream>/stream                     the description
//   <root>/<stream>/segment-<12 digits>        frames (frame.h): one buffer, later one object
//
// A segment is sealed by a frame that names its object's key, then the object is written, then the
// segment is removed. A crash at any point leaves a segment that is either open (its records go on
// waiting) or sealed (the same object is written again under the same key): nothing is delivered
// twice.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "simulator/engine/disk.h"
#include "simulator/services/firehose/effects.h"

namespace edgehose {

// Carries out journal effects. Owned by one thread.
class JournalWriter {
 public:
  // `root` exists. Both outlive the writer.
  JournalWriter(Disk& disk, std::string root);

  // Carries out a group of effects with one sync a file, and gives one result each. What failed is
  // cut off again: a segment never holds a frame that was reported as failed, unless the disk
  // refuses even to shorten a file; such a segment takes nothing more until it can be shortened.
  [[nodiscard]] std::vector<Error> perform(std::span<const JournalEffect> effects);

  // Segments found by a restart, so that appending goes on behind their whole frames.
  void adopt_segment(const std::string& stream, uint64_t segment, uint64_t good_bytes);

 private:
  struct File {
    uint64_t good_bytes = 0;   // whole, reported frames
    uint64_t bytes = 0;        // good_bytes and frames of this group
    bool is_named = false;     // the folder was synced since the file was made
    bool is_torn = false;      // bytes past `bytes` may exist
    std::vector<size_t> held;  // effects of this group waiting for the sync
  };

  Error append(const JournalEffect& effect, size_t index);
  Error store_stream(const JournalEffect& effect);
  Error remove_stream(const std::string& stream);
  void sync_files(std::vector<Error>& results);
  Error sync_file(const std::string& path, File& file);

  Disk& disk_;
  std::string root_;
  std::map<std::string, File> files_;  // by path
};

// A segment as a restart or an audit finds it.
struct FoundSegment {
  uint64_t number = 0;
  uint64_t file_bytes = 0;
  FrameFile content;
};

struct FoundStream {
  StreamConfig config;
  std::vector<FoundSegment> segments;  // by number
};

// Every stream under `root`, by name. A folder without a readable description is an error: what it
// holds must not be passed over in silence. A missing `root` holds nothing.
[[nodiscard]] Result<std::vector<FoundStream>> read_journal(const Disk& disk,
                                                            const std::string& root);
// The same from the machine's disk: `data` is the folder given to `edgehose up --data`.
[[nodiscard]] Result<std::vector<FoundStream>> read_journal(const std::string& data);

// Where a stream's files lie. A leading dot of the name is written %2E.
[[nodiscard]] std::string stream_folder(const std::string& root, std::string_view stream);
[[nodiscard]] std::string segment_path(const std::string& root, std::string_view stream,
                                       uint64_t segment);

}  // namespace edgehose
