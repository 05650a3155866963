#include "simulator/services/firehose/outputs.h"

#include <charconv>
#include <utility>

#include "shared/base/text.h"

namespace edgehose {
namespace {

// "<kind>\n<bucket>\n<key>\n<records>\n", then the bytes.
std::string encode_object(const OutputObject& object) {
  std::string payload(1, static_cast<char>('0' + static_cast<int>(object.kind)));
  payload.append("\n").append(object.bucket).append("\n").append(object.key).append("\n");
  append_number(payload, static_cast<int64_t>(object.records));
  return payload.append("\n").append(object.bytes);
}

bool take_line(std::string_view& rest, std::string_view& line) {
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos) return false;
  line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return true;
}

bool read_number(std::string_view text, uint64_t& value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && end == text.data() + text.size();
}

std::optional<OutputObject> decode_object(std::string_view payload) {
  OutputObject object;
  std::string_view kind;
  std::string_view bucket;
  std::string_view key;
  std::string_view records;
  const bool is_whole = take_line(payload, kind) && take_line(payload, bucket) &&
                        take_line(payload, key) && take_line(payload, records);
  if (!is_whole || kind.size() != 1 || kind[0] < '0' || kind[0] > '2') return std::nullopt;
  if (!read_number(records, object.records)) return std::nullopt;
  object.kind = static_cast<OutputObject::Kind>(kind[0] - '0');
  object.bucket = bucket;
  object.key = key;
  object.bytes = payload;
  return object;
}

}  // namespace

std::string encode_outputs(const Outputs& outputs) {
  std::string file;
  for (const OutputObject& object : outputs.objects) {
    file.append(make_frame(FrameKind::object, encode_object(object), 0).bytes);
  }
  std::string dropped;
  append_number(dropped, int64_t{outputs.dropped.count});
  return file.append(make_frame(FrameKind::end, std::move(dropped), 0).bytes);
}

std::optional<StoredOutputs> decode_outputs(std::string_view file) {
  StoredOutputs outputs;
  while (const auto read = read_whole_frame(file)) {
    file.remove_prefix(read->bytes);
    const std::string_view payload = read->frame.payload();
    if (read->frame.kind == FrameKind::end && file.empty()) {
      if (!read_number(payload, outputs.dropped_records)) return std::nullopt;
      return outputs;
    }
    if (read->frame.kind != FrameKind::object) return std::nullopt;
    auto object = decode_object(payload);
    if (!object) return std::nullopt;
    outputs.objects.push_back(std::move(*object));
  }
  return std::nullopt;
}

}  // namespace edgehose
