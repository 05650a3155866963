#include "simulator/shaping/shaper_function.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "shared/base/calendar.h"
#include "shared/base/json_scan.h"
#include "shared/base/text.h"
#include "shared/event/failed_event.h"
#include "shared/pack/lines.h"
#include "shared/wire/prefix.h"
#include "simulator/engine/checksum.h"
#include "simulator/engine/clock.h"
#include "simulator/shaping/shape_request.h"

namespace edgehose {
namespace {

using nlohmann::json;

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

// The value of a member at the top of a line; empty where it has none.
std::string_view member_of(std::string_view line, std::string_view quoted_name) {
  JsonScanner scanner(line);
  std::string_view key;
  if (!scanner.enter_object()) return "";
  while (scanner.next_member(key)) {
    const std::string_view value = scanner.take_value();
    if (value.empty()) return "";
    if (key == quoted_name) return value;
  }
  return "";
}

std::string hour_of(int64_t ms) {
  std::string text;
  (void)append_formatted(text, "'year='yyyy'/month='MM'/day='dd'/hour='HH", civil_from_ms(ms));
  return text;
}

std::string digits_of(uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4) text.push_back(kDigits[value >> shift & 15]);
  return text;
}

std::string text_in(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

// The lines of one raw object, by the folder they go to.
class ShaperFunction::Shaping {
 public:
  Shaping(Collector& collector, int64_t written_ms)
      : collector_(collector), written_ms_(written_ms) {}

  void add(std::string_view line) {
    if (trim(line).empty()) return;
    // What a page sends has its events at the top; a request has them in its body.
    const bool is_event =
        !member_of(line, "\"content_type\"").empty() || !member_of(line, "\"events\"").empty();
    ShapeRequest request;
    if (is_event) {
      request.received_ms = written_ms_;
      request.body = line;
    } else {
      auto read =
          read_shape_request(line, collector_.configuration().limits.body_bytes_max, written_ms_);
      if (std::holds_alternative<std::string>(read)) return fail(line);
      request = std::get<ShapeRequest>(std::move(read));
    }
    collector_.collect(request.view(), shaped_);
    if (shaped_.status >= 400) return fail(line);
    std::string_view frame = shaped_.lines;
    for (Line shaped; take_line(frame, shaped);) keep(shaped, request.received_ms);
  }

  [[nodiscard]] const std::map<std::string, std::string>& folders() const { return folders_; }

 private:
  void keep(const Line& line, int64_t received_ms) {
    if (line.stream == collector_.configuration().failed_stream) {
      std::string& failed = folders_["failed_events/" + hour_of(received_ms)];
      failed.append(line.text).push_back('\n');
      return;
    }
    const auto time = read_event_time(member_of(line.text, "\"event_time\""));
    std::string folder = "content_type=";
    folder.append(line.stream).append("/").append(hour_of(time.value_or(received_ms)));
    folders_[folder].append(line.text).push_back('\n');
  }

  // What no event could be told apart in.
  void fail(std::string_view line) {
    Rejected rejected;
    rejected.reason = reason::malformed_json;
    rejected.expected = "a request of the collector, or an event";
    std::string& failed = folders_["failed_events/" + hour_of(written_ms_)];
    append_failed_line(failed, rejected, line, line, written_ms_,
                       collector_.configuration().limits);
    failed.push_back('\n');
  }

  Collector& collector_;
  int64_t written_ms_;
  Shaped shaped_;
  std::map<std::string, std::string> folders_;
};

ShaperFunction::ShaperFunction(std::string bucket, ObjectAccess& objects,
                               const Compressor& compressor, const Clock& wall_clock)
    : bucket_(std::move(bucket)), objects_(objects), compressor_(compressor), clock_(wall_clock) {}

std::unique_ptr<Collector> ShaperFunction::take_collector() {
  const std::lock_guard lock(guard_);
  if (idle_.empty()) return std::make_unique<Collector>(Configuration{});
  auto collector = std::move(idle_.back());
  idle_.pop_back();
  return collector;
}

void ShaperFunction::give_back(std::unique_ptr<Collector> collector) {
  const std::lock_guard lock(guard_);
  idle_.push_back(std::move(collector));
}

bool ShaperFunction::shape_object(Collector& collector, const std::string& bucket,
                                  const std::string& key, int64_t written_ms) {
  auto raw = objects_.get(bucket, key);
  if (!raw) return false;
  std::string text = std::move(raw).value();
  if (is_gzip(text)) {
    auto plain = compressor_.gunzip(text, kRawBytesMax);
    if (!plain) return false;
    text = std::move(plain).value();
  }
  Shaping shaping(collector, written_ms);
  std::string_view rest = text;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    shaping.add(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  const std::string name = "/shaped-" + digits_of(xxh64(bucket + "/" + key)) + ".json";
  for (const auto& [folder, lines] : shaping.folders()) {
    if (objects_.put(bucket_, folder + name, lines) != Error::none) return false;
  }
  return true;
}

bool ShaperFunction::shape_message(Collector& collector, const std::string& body) {
  const json message = json::parse(body, nullptr, false);
  if (!message.is_object()) return false;
  if (text_in(message, "Event") == "s3:TestEvent") return true;
  const auto records = message.find("Records");
  if (records == message.end() || !records->is_array()) return false;
  for (const json& record : *records) {
    const auto s3 = record.is_object() ? record.find("s3") : record.end();
    if (s3 == record.end() || !s3->contains("bucket") || !s3->contains("object")) return false;
    if (!text_in(record, "eventName").starts_with("ObjectCreated:")) continue;
    std::string key;
    append_url_decoded(key, text_in((*s3)["object"], "key"));
    const auto written_ms = parse_iso_ms(text_in(record, "eventTime"));
    if (!written_ms) return false;
    if (!shape_object(collector, text_in((*s3)["bucket"], "name"), key, *written_ms)) return false;
  }
  return true;
}

InvokeResult ShaperFunction::invoke(std::string_view event) {
  const int64_t start_ms = clock_.now_ms();
  InvokeResult result;
  const json batch = json::parse(event, nullptr, false);
  const auto records = batch.is_object() ? batch.find("Records") : batch.end();
  if (!batch.is_object() || records == batch.end() || !records->is_array()) {
    result.kind = InvokeResult::Kind::function_error;
    result.payload = R"({"errorType":"BadEvent","errorMessage":"expected the event of a queue"})";
    return result;
  }
  auto collector = take_collector();
  json failures = json::array();
  for (const json& message : *records) {
    if (!message.is_object()) continue;
    if (shape_message(*collector, text_in(message, "body"))) continue;
    failures.push_back({{"itemIdentifier", text_in(message, "messageId")}});
  }
  give_back(std::move(collector));
  result.payload = json{{"batchItemFailures", failures}}.dump();
  result.duration_ms = static_cast<uint32_t>(std::max<int64_t>(1, clock_.now_ms() - start_ms));
  return result;
}

}  // namespace edgehose
