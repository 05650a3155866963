// The journal: what was acknowledged and is not yet in an object. A folder a stream:
//
//   <root>/<stream>/stream                     the description
//   <root>/<stream>/quota                      bytes a second, where the quota was raised
//   <root>/<stream>/segment-<12 digits>        frames (frame.h): one buffer, later its objects
//   <root>/<stream>/outputs-<12 digits> ...    what processing made of a segment (outputs.h)
//
// A segment is sealed by a frame that fixes what its objects will be called, then they are written,
// then the segment is removed. A crash at any point leaves a segment that is either open (its
// records go on waiting) or sealed (the same objects are written again under the same keys):
// nothing is delivered twice.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "simulator/engine/disk.h"
#include "simulator/services/firehose/effects.h"
#include "simulator/services/firehose/outputs.h"

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
  Error remove_segment(const JournalEffect& effect);
  Error lose_segment(const JournalEffect& effect);
  Error store_stream(const JournalEffect& effect);
  Error store_quota(const JournalEffect& effect);
  Error remove_stream(const std::string& stream);
  void sync_files(std::vector<Error>& results);
  Error sync_file(const std::string& path, File& file);

  Disk& disk_;
  std::string root_;
  std::map<std::string, File> files_;  // by path
  std::vector<std::string> held_;      // paths of files that hold effects of this group
};

// Keeps outputs beside the segments. Used by other threads than the writer's, for other files.
class JournalOutputs final : public OutputStore {
 public:
  JournalOutputs(Disk& disk, std::string root) : disk_(disk), root_(std::move(root)) {}
  [[nodiscard]] Error store(const std::string& stream, uint64_t segment,
                            const Outputs& outputs) override;
  [[nodiscard]] Result<StoredOutputs> load(const std::string& stream,
                                           uint64_t segment) const override;

 private:
  Disk& disk_;
  std::string root_;
};

// A segment as a restart or an audit finds it.
struct FoundSegment {
  uint64_t number = 0;
  uint64_t file_bytes = 0;
  FrameFile content;
  std::optional<StoredOutputs> outputs;  // for an audit: what processing made of it
};

struct FoundStream {
  StreamConfig config;
  uint64_t next_segment = 1;           // above every number that any file of the stream has
  std::vector<FoundSegment> segments;  // by number
  // For an audit alone:
  std::vector<FoundSegment> lost;     // could not be delivered while AWS keeps records
  std::vector<FoundSegment> dropped;  // what transformations dropped, of segments now delivered too
  uint64_t quota_bytes_s = 0;         // raised to; 0: never raised
};

// Every stream under `root`, by name. A folder without a readable description is an error: what it
// holds must not be passed over in silence. A missing `root` holds nothing.
// A restart reads segments alone; an audit also what is lost or dropped, and outputs.
enum class JournalUse : uint8_t { restart, audit };
[[nodiscard]] Result<std::vector<FoundStream>> read_journal(const Disk& disk,
                                                            const std::string& root,
                                                            JournalUse use = JournalUse::restart);
// The same from the machine's disk, for an audit: `data` is the folder given to `edgehose up
// --data`.
[[nodiscard]] Result<std::vector<FoundStream>> read_journal(const std::string& data);

// Where a stream's files lie. A leading dot of the name is written %2E.
[[nodiscard]] std::string stream_folder(const std::string& root, std::string_view stream);
[[nodiscard]] std::string segment_path(const std::string& root, std::string_view stream,
                                       uint64_t segment);

}  // namespace edgehose
