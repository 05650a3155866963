#include "simulator/lake/lake_objects.h"

#include <charconv>
#include <utility>

#include "simulator/engine/posix_disk.h"
#include "simulator/lake/object_store.h"

namespace edgehose {
namespace {

constexpr std::string_view kEventsPrefix = "content_type=";
constexpr std::string_view kFailedPrefix = "failed_events/";

// The number of a whole segment `name=<digits>`.
std::optional<int32_t> numbered(std::string_view segment, std::string_view name) {
  if (segment.substr(0, name.size()) != name) return std::nullopt;
  segment.remove_prefix(name.size());
  int32_t value = 0;
  const auto [stop, error] =
      std::from_chars(segment.data(), segment.data() + segment.size(), value);
  const bool whole = error == std::errc() && stop == segment.data() + segment.size();
  if (!whole || value < 0) return std::nullopt;
  return value;
}

// The folder names of the key must be exactly the four, in order, after `from`: readers of Hive
// partitions want the same names in every key.
std::optional<HourPartition> parse_hour(std::string_view folders) {
  constexpr std::string_view kNames[] = {"year=", "month=", "day=", "hour="};
  int32_t values[4] = {};
  for (size_t i = 0; i < 4; ++i) {
    const size_t slash = folders.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::optional<int32_t> value = numbered(folders.substr(0, slash), kNames[i]);
    if (!value) return std::nullopt;
    values[i] = *value;
    folders.remove_prefix(slash + 1);
  }
  if (folders.empty() || folders.find('/') != std::string_view::npos) return std::nullopt;
  return HourPartition{values[0], values[1], values[2], values[3]};
}

}  // namespace

LakeObject describe_key(std::string_view key) {
  LakeObject object;
  object.key = key;
  if (key.substr(0, kFailedPrefix.size()) == kFailedPrefix) {
    object.kind = LakeObject::Kind::failed_events;
    object.hour = parse_hour(key.substr(kFailedPrefix.size()));
    return object;
  }
  const size_t slash = key.find('/');
  if (key.substr(0, kEventsPrefix.size()) != kEventsPrefix || slash == std::string_view::npos) {
    return object;
  }
  object.kind = LakeObject::Kind::events;
  object.content_type = key.substr(kEventsPrefix.size(), slash - kEventsPrefix.size());
  object.hour = parse_hour(key.substr(slash + 1));
  return object;
}

// One look at the sizes, so that everything said of the lake later fits together.
Result<std::vector<LakeObject>> list_lake(const std::string& data, const std::string& bucket) {
  PosixDisk disk;
  const ObjectStore store(disk, data);
  const Result<std::vector<std::string>> keys = store.keys(bucket, "");
  if (!keys && keys.error() != Error::not_found) return keys.error();
  std::vector<LakeObject> objects;
  if (!keys) return objects;
  objects.reserve(keys.value().size());
  for (const std::string& key : keys.value()) {
    LakeObject object = describe_key(key);
    object.path = store.object_path(bucket, key);
    const Result<FileInfo> file = disk.info(object.path);
    if (!file) continue;  // removed since the listing
    object.bytes = file.value().bytes;
    objects.push_back(std::move(object));
  }
  return objects;
}

}  // namespace edgehose
