#include "simulator/services/firehose/outputs.h"

#include <charconv>
#include <string>
#include <utility>

namespace edgehose {
namespace {

// "<kind> <bytes of bucket> <bytes of key> <records>\n", then bucket, key and the bytes. A key may
// hold anything: partition keys come from users' records.
std::string encode_object(const OutputObject& object) {
  std::string payload = std::to_string(static_cast<int>(object.kind));
  for (const uint64_t number :
       {uint64_t{object.bucket.size()}, uint64_t{object.key.size()}, object.records}) {
    payload.append(" ").append(std::to_string(number));
  }
  return payload.append("\n").append(object.bucket).append(object.key).append(object.bytes);
}

// Takes a number and the one byte behind it, which must be `end`.
bool take_number(std::string_view& rest, char end, uint64_t& value) {
  const auto [stop, code] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (code != std::errc() || stop == rest.data() + rest.size() || *stop != end) return false;
  rest.remove_prefix(static_cast<size_t>(stop - rest.data()) + 1);
  return true;
}

std::optional<OutputObject> decode_object(std::string_view payload) {
  OutputObject object;
  uint64_t kind = 0;
  uint64_t bucket_bytes = 0;
  uint64_t key_bytes = 0;
  const bool is_whole =
      take_number(payload, ' ', kind) && take_number(payload, ' ', bucket_bytes) &&
      take_number(payload, ' ', key_bytes) && take_number(payload, '\n', object.records);
  if (!is_whole || kind > static_cast<uint64_t>(OutputObject::Kind::backup)) return std::nullopt;
  if (bucket_bytes > payload.size() || key_bytes > payload.size() - bucket_bytes) {
    return std::nullopt;
  }
  object.kind = static_cast<OutputObject::Kind>(kind);
  object.bucket = payload.substr(0, bucket_bytes);
  object.key = payload.substr(bucket_bytes, key_bytes);
  object.bytes = payload.substr(bucket_bytes + key_bytes);
  return object;
}

}  // namespace

std::string encode_outputs(const Outputs& outputs) {
  std::string file;
  for (const OutputObject& object : outputs.objects) {
    file.append(make_frame(FrameKind::object, encode_object(object), 0).bytes);
  }
  std::string dropped = std::to_string(outputs.dropped.count) + "\n";
  return file.append(make_frame(FrameKind::end, std::move(dropped), 0).bytes);
}

std::optional<StoredOutputs> decode_outputs(std::string_view file) {
  StoredOutputs outputs;
  while (const auto read = read_whole_frame(file)) {
    file.remove_prefix(read->bytes);
    if (read->frame.kind == FrameKind::end && file.empty()) {
      std::string_view count = read->frame.payload();
      if (!take_number(count, '\n', outputs.dropped_records)) return std::nullopt;
      return outputs;
    }
    if (read->frame.kind != FrameKind::object) return std::nullopt;
    auto object = decode_object(read->frame.payload());
    if (!object) return std::nullopt;
    outputs.objects.push_back(std::move(*object));
  }
  return std::nullopt;
}

}  // namespace edgehose
