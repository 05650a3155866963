#include "simulator/scenario/audit_lake.h"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>
#include <utility>

#include "simulator/engine/posix_disk.h"
#include "simulator/lake/lake_objects.h"
#include "simulator/lake/object_lines.h"
#include "simulator/lake/object_store.h"
#include "simulator/scenario/lake_line.h"
#include "simulator/services/firehose/journal.h"

namespace edgehose {
namespace {

constexpr size_t kIdsKept = 10;
constexpr size_t kAbsentNamed = 10;

std::string_view text_of(LinesEnd end) {
  return end == LinesEnd::damaged ? "its gzip does not decode beyond this line"
                                  : "a line that does not end";
}

// Ids of the events among the lines of one record or object: shaped ones, or still raw.
void for_each_event(std::string_view bytes, const std::function<void(std::string_view)>& see) {
  for_each_line(bytes, [&](std::string_view line) {
    const std::optional<LakeLine> read = read_lake_line(line);
    if (read && !read->event_id.empty()) return see(read->event_id);
    for (const std::string& event_id : raw_event_ids(line)) see(event_id);
  });
}

// Hands the lines of one place to the book and remembers ids, for faults of the place as a whole.
class PlaceReader {
 public:
  PlaceReader(AuditBook& book, LakeWalk& walk) : book_(book), walk_(walk) {}

  void read_object(std::string_view bytes) {
    const LinesEnd end = for_each_line(bytes, [this](std::string_view line) { see(line); });
    if (end != LinesEnd::whole) book_.see_fault(FaultKind::damaged, near(), text_of(end));
  }

  [[nodiscard]] const std::vector<std::string>& first_ids() const { return first_ids_; }

 private:
  // The id seen last: what is at fault comes right behind it.
  [[nodiscard]] std::vector<std::string> near() const {
    return last_id_.empty() ? std::vector<std::string>{} : std::vector<std::string>{last_id_};
  }

  void see(std::string_view line) {
    ++walk_.lines;
    const std::optional<LakeLine> read = read_lake_line(line);
    if (!read) {
      if (see_error_record(line)) return;
      const std::vector<std::string> ids = event_ids_in(line);
      book_.see_fault(FaultKind::unreadable, ids.empty() ? near() : ids,
                      ids.empty() ? "no event, after the one named" : "no event");
      return;
    }
    if (read->kind == LakeLine::Kind::failed) {
      book_.see_failed(read->event_id);
    } else {
      book_.see_delivered(read->event_id, read->digest);
    }
    last_id_ = read->event_id;
    if (first_ids_.size() < kIdsKept) first_ids_.push_back(read->event_id);
  }

  // A stream without an error prefix has its error records below the prefix of its objects.
  bool see_error_record(std::string_view line) {
    const auto raw = read_error_record(line);
    if (!raw) return false;
    for_each_event(*raw, [this](std::string_view event_id) {
      book_.see_by_rule(AuditBook::Rule::processing_failed, event_id);
    });
    return true;
  }

  AuditBook& book_;
  LakeWalk& walk_;
  std::string last_id_;
  std::vector<std::string> first_ids_;
};

// Both walks tell the same book, one place at a time.
class Walker {
 public:
  Walker(const std::string& data, const std::string& bucket, AuditBook& book)
      : data_(data), bucket_(bucket), store_(disk_, data), book_(book) {}

  Error walk_objects();
  Error walk_journal();
  void find_absent();
  LakeWalk take() { return std::move(walk_); }

 private:
  Error read_object(const LakeObject& object);
  void read_segment(const FoundStream& stream, const FoundSegment& segment);
  void read_outputs(const StoredOutputs& outputs, const std::function<void(std::string_view)>& see);
  void read_frames(const FrameFile& content, const std::function<void(std::string_view)>& see);
  void read_aside(const FoundStream& stream, const FoundSegment& segment, AuditBook::Rule rule);
  Error read_errors(const LakeObject& object);
  void find_absent_in(const std::string& folder, const std::string& path);

  std::string data_;
  std::string bucket_;
  PosixDisk disk_;
  ObjectStore store_;
  AuditBook& book_;
  LakeWalk walk_;
};

Error Walker::walk_objects() {
  const Result<std::vector<LakeObject>> objects = list_lake(data_, bucket_);
  if (!objects) return objects.error();
  for (const LakeObject& object : objects.value()) {
    const bool is_lake = object.kind != LakeObject::Kind::other;
    const Error error = is_lake ? read_object(object) : read_errors(object);
    if (error != Error::none) return error;
  }
  return Error::none;
}

// An object that vanished since the listing is no error: its events will be missed by name.
Error Walker::read_object(const LakeObject& object) {
  const Result<std::string> bytes = disk_.read(object.path);
  if (!bytes) return bytes.error() == Error::not_found ? Error::none : bytes.error();
  ++walk_.objects;
  walk_.stored_bytes += bytes.value().size();
  book_.enter_place(object.key);
  PlaceReader reader(book_, walk_);
  reader.read_object(bytes.value());
  const Result<ObjectInfo> info = store_.info(bucket_, object.key);
  const std::array<std::string_view, 1> parts = {bytes.value()};
  if (info && info.value().etag != md5_hex(parts)) {
    book_.enter_place(object.key);
    book_.see_fault(FaultKind::damaged, reader.first_ids(),
                    "its bytes are not those of the stored etag; the ids are of its first lines");
  }
  return Error::none;
}

// A running simulator removes a segment once it is delivered, maybe between listing and reading.
Error Walker::walk_journal() {
  constexpr int kTries = 5;
  Result<std::vector<FoundStream>> streams = read_journal(data_);
  for (int i = 1; i < kTries && !streams; ++i) streams = read_journal(data_);
  if (!streams) return streams.error() == Error::not_found ? Error::none : streams.error();
  for (const FoundStream& stream : streams.value()) {
    for (const FoundSegment& segment : stream.segments) read_segment(stream, segment);
    for (const FoundSegment& segment : stream.lost) {
      read_aside(stream, segment, AuditBook::Rule::lost);
    }
    for (const FoundSegment& segment : stream.dropped) {
      read_aside(stream, segment, AuditBook::Rule::dropped);
    }
  }
  return Error::none;
}

void Walker::read_frames(const FrameFile& content,
                         const std::function<void(std::string_view)>& see) {
  for (const FramePtr& frame : content.frames) {
    for (const std::string_view record : frame->records()) {
      ++walk_.journal_records;
      for_each_event(record, see);
    }
  }
}

// What processing made of a segment: an object that exists is read where it is.
void Walker::read_outputs(const StoredOutputs& outputs,
                          const std::function<void(std::string_view)>& see) {
  for (const OutputObject& object : outputs.objects) {
    if (object.kind == OutputObject::Kind::backup) continue;
    if (store_.info(object.bucket, object.key)) continue;
    walk_.journal_records += object.records;
    if (object.kind == OutputObject::Kind::records) {
      for_each_event(object.bytes, see);
      continue;
    }
    for_each_line(object.bytes, [&](std::string_view line) {
      const auto raw = read_error_record(line);
      if (raw) for_each_event(*raw, see);
    });
  }
}

// A sealed segment whose object exists is delivered: only its removal is missing.
void Walker::read_segment(const FoundStream& stream, const FoundSegment& segment) {
  const FrameFile& content = segment.content;
  if (content.seal && !content.seal->key.empty() &&
      store_.info(content.seal->bucket, content.seal->key)) {
    return;
  }
  book_.enter_place("Firehose stream " + stream.config.name + ", not yet delivered");
  const auto see = [this](std::string_view event_id) { book_.see_in_flight(event_id); };
  if (segment.outputs) return read_outputs(*segment.outputs, see);
  read_frames(content, see);
}

// Segments that were lost, and records that a transformation dropped. Of a lost segment some
// objects may have been written.
void Walker::read_aside(const FoundStream& stream, const FoundSegment& segment,
                        AuditBook::Rule rule) {
  book_.enter_place("Firehose stream " + stream.config.name +
                    (rule == AuditBook::Rule::lost ? ", not delivered in time" : ", dropped"));
  const auto see = [this, rule](std::string_view event_id) { book_.see_by_rule(rule, event_id); };
  if (segment.outputs) return read_outputs(*segment.outputs, see);
  read_frames(segment.content, see);
}

// An object outside of the lake's tables counts where its lines are Firehose's error records.
Error Walker::read_errors(const LakeObject& object) {
  const Result<std::string> bytes = disk_.read(object.path);
  if (!bytes) return bytes.error() == Error::not_found ? Error::none : bytes.error();
  book_.enter_place(object.key);
  for_each_line(bytes.value(), [this](std::string_view line) {
    const auto raw = read_error_record(line);
    if (!raw) return;
    for_each_event(*raw, [this](std::string_view event_id) {
      book_.see_by_rule(AuditBook::Rule::processing_failed, event_id);
    });
  });
  return Error::none;
}

// The store keeps an object's etag beside its bytes: an etag without bytes tells of an object that
// somebody removed behind the store's back (or of a write that a crash cut off).
void Walker::find_absent() { find_absent_in(data_ + "/s3-meta/" + bucket_, ""); }

void Walker::find_absent_in(const std::string& folder, const std::string& path) {
  const Result<std::vector<FolderEntry>> entries = disk_.list(folder);
  if (!entries) return;
  for (const FolderEntry& entry : entries.value()) {
    const std::string below = path.empty() ? entry.name : path + "/" + entry.name;
    if (entry.is_folder) {
      find_absent_in(folder + "/" + entry.name, below);
      continue;
    }
    const std::optional<std::string> key = path_to_key(below);
    if (walk_.absent.size() >= kAbsentNamed || !key) continue;
    const Result<FileInfo> file = disk_.info(store_.object_path(bucket_, *key));
    if (!file && file.error() == Error::not_found) walk_.absent.push_back(*key);
  }
}

}  // namespace

// The journal comes first: what is delivered meanwhile is then seen twice rather than not at all.
Result<LakeWalk> walk_lake(const std::string& data, const std::string& bucket, AuditBook& book) {
  Walker walker(data, bucket, book);
  Error error = walker.walk_journal();
  if (error == Error::none) error = walker.walk_objects();
  if (error != Error::none) return error;
  walker.find_absent();
  return walker.take();
}

}  // namespace edgehose
