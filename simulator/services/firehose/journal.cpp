#include "simulator/services/firehose/journal.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "shared/base/text.h"
#include "simulator/engine/posix_disk.h"

namespace edgehose {
namespace {

constexpr std::string_view kSegmentPrefix = "segment-";
constexpr std::string_view kOutputsPrefix = "outputs-";
constexpr std::string_view kDroppedPrefix = "dropped-";
constexpr std::string_view kLostPrefix = "lost-";
constexpr size_t kSegmentDigits = 12;

// The number in `segment-000000000017`, or nothing.
std::optional<uint64_t> numbered(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  uint64_t number = 0;
  const auto [end, code] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (code != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

std::string numbered_path(const std::string& folder, std::string_view prefix, uint64_t number) {
  std::string digits;
  append_number(digits, static_cast<int64_t>(number));
  std::string path = folder + "/";
  path.append(prefix);
  if (digits.size() < kSegmentDigits) path.append(kSegmentDigits - digits.size(), '0');
  return path.append(digits);
}

// Error::not_found: a running simulator delivered and removed it since the folder was listed.
Result<FoundSegment> read_segment(const Disk& disk, const std::string& folder,
                                  std::string_view prefix, uint64_t number) {
  const auto content = disk.read(numbered_path(folder, prefix, number));
  if (!content) return content.error();
  return FoundSegment{number, content.value().size(), read_frames(content.value()), std::nullopt};
}

Error read_entry(const Disk& disk, const std::string& folder, const std::string& name,
                 JournalUse use, FoundStream& found) {
  const auto read_into = [&](std::string_view prefix, std::vector<FoundSegment>& to) {
    const auto number = numbered(name, prefix);
    if (!number) return Error::none;
    auto segment = read_segment(disk, folder, prefix, *number);
    if (!segment) return segment.error() == Error::not_found ? Error::none : segment.error();
    to.push_back(std::move(segment).value());
    return Error::none;
  };
  for (const auto prefix : {kSegmentPrefix, kOutputsPrefix, kDroppedPrefix, kLostPrefix}) {
    if (const auto number = numbered(name, prefix)) {
      found.next_segment = std::max(found.next_segment, *number + 1);
    }
  }
  Error error = read_into(kSegmentPrefix, found.segments);
  if (use == JournalUse::restart || error != Error::none) return error;
  error = read_into(kLostPrefix, found.lost);
  return error != Error::none ? error : read_into(kDroppedPrefix, found.dropped);
}

std::optional<StoredOutputs> read_outputs(const Disk& disk, const std::string& folder,
                                          uint64_t number) {
  const auto file = disk.read(numbered_path(folder, kOutputsPrefix, number));
  return file ? decode_outputs(file.value()) : std::nullopt;
}

// Dropped records of a segment whose outputs are not whole are still in the segment.
void add_outputs(const Disk& disk, const std::string& folder, FoundStream& found) {
  for (auto* segments : {&found.segments, &found.lost}) {
    for (FoundSegment& segment : *segments) {
      segment.outputs = read_outputs(disk, folder, segment.number);
      if (segment.outputs) continue;
      std::erase_if(found.dropped,
                    [&](const FoundSegment& d) { return d.number == segment.number; });
    }
  }
}

// What the stream's quota was raised to; 0 when it never was.
Result<uint64_t> read_quota(const Disk& disk, const std::string& folder) {
  const auto text = disk.read(folder + "/quota");
  if (!text && text.error() == Error::not_found) return uint64_t{0};
  if (!text) return text.error();
  uint64_t bytes_s = 0;
  const char* end = text.value().data() + text.value().size();
  const auto [stop, code] = std::from_chars(text.value().data(), end, bytes_s);
  if (code != std::errc() || std::string_view(stop, static_cast<size_t>(end - stop)) != "\n") {
    return Error::malformed;
  }
  return bytes_s;
}

Result<FoundStream> read_stream(const Disk& disk, const std::string& folder, JournalUse use) {
  const auto text = disk.read(folder + "/stream");
  if (!text) return text.error();
  auto config = decode_stream_config(text.value());
  if (!config) return config.error();
  const auto quota = read_quota(disk, folder);
  if (!quota) return quota.error();
  FoundStream found{std::move(config).value(), 1, {}, {}, {}, quota.value()};
  const auto entries = disk.list(folder);
  if (!entries) return entries.error();
  // The names are padded, so their order is that of the numbers.
  for (const FolderEntry& entry : entries.value()) {
    const Error error = read_entry(disk, folder, entry.name, use, found);
    if (error != Error::none) return error;
  }
  if (use == JournalUse::audit) add_outputs(disk, folder, found);
  return found;
}

}  // namespace

std::string stream_folder(const std::string& root, std::string_view stream) {
  std::string path = root + "/";
  if (stream.starts_with('.')) {
    path.append("%2E");
    stream.remove_prefix(1);
  }
  return path.append(stream);
}

std::string segment_path(const std::string& root, std::string_view stream, uint64_t segment) {
  return numbered_path(stream_folder(root, stream), kSegmentPrefix, segment);
}

JournalWriter::JournalWriter(Disk& disk, std::string root) : disk_(disk), root_(std::move(root)) {}

void JournalWriter::adopt_segment(const std::string& stream, uint64_t segment,
                                  uint64_t good_bytes) {
  File& file = files_[segment_path(root_, stream, segment)];
  file.good_bytes = file.bytes = good_bytes;
  file.is_named = true;
  // Whatever the crash tore off is cut before the first append.
  file.is_torn = true;
}

std::vector<Error> JournalWriter::perform(std::span<const JournalEffect> effects) {
  std::vector<Error> results(effects.size(), Error::none);
  for (size_t i = 0; i < effects.size(); ++i) {
    const JournalEffect& effect = effects[i];
    switch (effect.kind) {
      case JournalEffect::Kind::append:
      case JournalEffect::Kind::seal:
        results[i] = append(effect, i);
        break;
      case JournalEffect::Kind::store_stream:
        results[i] = store_stream(effect);
        break;
      case JournalEffect::Kind::store_quota:
        results[i] = store_quota(effect);
        break;
      case JournalEffect::Kind::remove_segment:
        results[i] = remove_segment(effect);
        break;
      case JournalEffect::Kind::lose_segment:
        results[i] = lose_segment(effect);
        break;
      case JournalEffect::Kind::remove_stream:
        results[i] = remove_stream(effect.stream);
        break;
    }
  }
  sync_files(results);
  return results;
}

Error JournalWriter::append(const JournalEffect& effect, size_t index) {
  const std::string path = segment_path(root_, effect.stream, effect.segment);
  File& file = files_[path];
  if (file.is_torn) {
    const Error error = disk_.truncate(path, file.bytes);
    if (error != Error::none) return error;
    file.is_torn = false;
  }
  const std::array<std::string_view, 1> parts = {effect.frame->bytes};
  const Error error = disk_.append(path, parts);
  if (error == Error::none) {
    file.bytes += effect.frame->bytes.size();
    if (file.held.empty()) held_.push_back(path);
    file.held.push_back(index);
    return Error::none;
  }
  // Not there at all is as good as cut: the first append may have failed to make the file.
  const Error cut = disk_.truncate(path, file.bytes);
  file.is_torn = cut != Error::none && cut != Error::not_found;
  return error;
}

void JournalWriter::sync_files(std::vector<Error>& results) {
  for (const std::string& path : held_) {
    const auto found = files_.find(path);
    if (found == files_.end()) continue;
    File& file = found->second;
    const Error error = sync_file(path, file);
    if (error == Error::none) {
      file.good_bytes = file.bytes;
    } else {
      for (size_t index : file.held) results[index] = error;
      file.bytes = file.good_bytes;
      file.is_torn = disk_.truncate(path, file.good_bytes) != Error::none;
    }
    file.held.clear();
  }
  held_.clear();
}

Error JournalWriter::sync_file(const std::string& path, File& file) {
  Error error = disk_.sync(path);
  if (error != Error::none || file.is_named) return error;
  error = disk_.sync_folder(folder_of(path));
  file.is_named = error == Error::none;
  return error;
}

// The segment goes first: outputs without a segment are of no more use, a segment without its
// outputs would be processed again.
Error JournalWriter::remove_segment(const JournalEffect& effect) {
  const std::string path = segment_path(root_, effect.stream, effect.segment);
  const Error error = disk_.remove(path);
  if (error != Error::none && error != Error::not_found) return error;
  files_.erase(path);
  const std::string folder = stream_folder(root_, effect.stream);
  (void)disk_.remove(numbered_path(folder, kOutputsPrefix, effect.segment));
  return Error::none;
}

Error JournalWriter::lose_segment(const JournalEffect& effect) {
  const std::string folder = stream_folder(root_, effect.stream);
  const std::string path = segment_path(root_, effect.stream, effect.segment);
  const Error error = disk_.rename(path, numbered_path(folder, kLostPrefix, effect.segment));
  if (error != Error::none && error != Error::not_found) return error;
  files_.erase(path);
  return disk_.sync_folder(folder);
}

Error JournalWriter::store_stream(const JournalEffect& effect) {
  const std::string folder = stream_folder(root_, effect.stream);
  const Error error = disk_.make_folders(folder);
  if (error != Error::none) return error;
  const std::array<std::string_view, 1> parts = {effect.description};
  return write_atomically(disk_, folder + "/stream.new", folder + "/stream", parts);
}

Error JournalWriter::store_quota(const JournalEffect& effect) {
  const std::string folder = stream_folder(root_, effect.stream);
  const std::array<std::string_view, 2> parts = {effect.description, "\n"};
  return write_atomically(disk_, folder + "/quota.new", folder + "/quota", parts);
}

Error JournalWriter::remove_stream(const std::string& stream) {
  const std::string folder = stream_folder(root_, stream);
  const auto entries = disk_.list(folder);
  if (!entries) return entries.error() == Error::not_found ? Error::none : entries.error();
  // The description goes last, so that a crash on the way leaves a stream that is still deleting.
  for (const bool description : {false, true}) {
    for (const FolderEntry& entry : entries.value()) {
      if ((entry.name == "stream") != description) continue;
      const Error error = disk_.remove(folder + "/" + entry.name);
      if (error != Error::none && error != Error::not_found) return error;
      files_.erase(folder + "/" + entry.name);
    }
  }
  const Error error = disk_.remove(folder);
  if (error != Error::none) return error;
  return disk_.sync_folder(root_);
}

Error JournalOutputs::store(const std::string& stream, uint64_t segment, const Outputs& outputs) {
  const std::string folder = stream_folder(root_, stream);
  if (outputs.dropped.count > 0) {
    const std::array<std::string_view, 1> dropped = {outputs.dropped.bytes};
    const Error error = write_atomically(disk_, numbered_path(folder, "new-dropped-", segment),
                                         numbered_path(folder, kDroppedPrefix, segment), dropped);
    if (error != Error::none) return error;
  }
  const std::string file = encode_outputs(outputs);
  const std::array<std::string_view, 1> parts = {file};
  return write_atomically(disk_, numbered_path(folder, "new-outputs-", segment),
                          numbered_path(folder, kOutputsPrefix, segment), parts);
}

Result<StoredOutputs> JournalOutputs::load(const std::string& stream, uint64_t segment) const {
  const auto file =
      disk_.read(numbered_path(stream_folder(root_, stream), kOutputsPrefix, segment));
  if (!file) return file.error();
  auto outputs = decode_outputs(file.value());
  // The file was renamed when it was whole: damage is the disk's.
  if (!outputs) return Error::malformed;
  return std::move(*outputs);
}

Result<std::vector<FoundStream>> read_journal(const Disk& disk, const std::string& root,
                                              JournalUse use) {
  std::vector<FoundStream> streams;
  const auto folders = disk.list(root);
  if (!folders && folders.error() == Error::not_found) return streams;
  if (!folders) return folders.error();
  for (const FolderEntry& folder : folders.value()) {
    if (!folder.is_folder) continue;
    const std::string path = root + "/" + folder.name;
    auto found = read_stream(disk, path, use);
    // A create or delete that a crash cut short leaves a folder without description or segments.
    if (!found && found.error() == Error::not_found) {
      const auto left = disk.list(path);
      bool has_segment = false;
      for (size_t i = 0; left && i < left.value().size(); ++i) {
        has_segment = has_segment || numbered(left.value()[i].name, kSegmentPrefix).has_value();
      }
      if (!has_segment) continue;
    }
    if (!found) return found.error();
    streams.push_back(std::move(found).value());
  }
  return streams;
}

Result<std::vector<FoundStream>> read_journal(const std::string& data) {
  const PosixDisk disk(Fsync::off);
  return read_journal(disk, data + "/firehose", JournalUse::audit);
}

}  // namespace edgehose
