#include "simulator/http/replay.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "shared/base/base64.h"
#include "shared/base/json_scan.h"
#include "simulator/http/fault_control.h"

namespace edgehose {
namespace {

using nlohmann::json;

constexpr std::string_view kPath = "/_edgehose/replay";
constexpr std::string_view kReplayed = "replayed/";
// Of one PutRecordBatch.
constexpr size_t kRowsMax = 500;
constexpr size_t kBytesMax = size_t{3} << 20;
// A stream that throttles is asked again for so long.
constexpr int kTries = 100;
constexpr int kPauseMs = 100;

// BUCKET or BUCKET/PREFIX.
bool split_place(const std::string& text, std::string& bucket, std::string& prefix) {
  const size_t slash = std::min(text.find('/'), text.size());
  bucket = text.substr(0, slash);
  prefix = text.substr(std::min(slash + 1, text.size()));
  return is_bucket_name(bucket);
}

// The record inside an error record of Firehose; nothing when the line is none.
std::optional<std::string> record_in(std::string_view line) {
  JsonScanner scanner(line, 8);
  std::string_view key;
  std::string raw;
  bool has_code = false;
  bool has_data = false;
  if (!scanner.enter_object()) return std::nullopt;
  while (scanner.next_member(key)) {
    const std::string_view value = scanner.take_value();
    has_code = has_code || key == "\"errorCode\"";
    if (key == "\"rawData\"" && value.size() >= 2 && value.front() == '"') {
      raw.clear();
      has_data = base64_decode(value.substr(1, value.size() - 2), raw);
    }
  }
  if (!scanner.ok() || !has_code || !has_data) return std::nullopt;
  return raw;
}

std::vector<std::string> records_in(std::string_view text) {
  std::vector<std::string> records;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (auto record = record_in(text.substr(0, end))) records.push_back(std::move(*record));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return records;
}

}  // namespace

std::variant<ReplayRequest, std::string> read_replay_request(std::string_view body) {
  const json object = json::parse(body, nullptr, false);
  if (!object.is_object()) return std::string("is not a JSON object");
  ReplayRequest request;
  for (const auto& [name, value] : object.items()) {
    const bool is_text = value.is_string();
    const std::string text = is_text ? value.get<std::string>() : "";
    if (name == "dead_letters" && value.is_boolean()) {
      request.dead_letters = value.get<bool>();
    } else if (name == "raw" && is_text) {
      if (!split_place(text, request.raw_bucket, request.raw_prefix)) {
        return std::string("/raw: BUCKET or BUCKET/PREFIX");
      }
    } else if (name == "errors" && is_text) {
      if (!split_place(text, request.error_bucket, request.error_prefix) ||
          request.error_prefix.empty() || request.error_prefix.starts_with(kReplayed)) {
        return std::string("/errors: BUCKET/PREFIX");
      }
    } else if (name == "stream" && is_text) {
      request.stream = text;
    } else {
      return "/" + name + ": is no member of a replay, or not of its kind";
    }
  }
  if (request.error_bucket.empty() != request.stream.empty()) {
    return std::string("/stream: goes with errors, and names the stream that takes them again");
  }
  if (!request.dead_letters && request.raw_bucket.empty() && request.error_bucket.empty()) {
    return std::string("asks for nothing: dead_letters, raw or errors");
  }
  return request;
}

bool Replay::handle(const HttpRequest& request, const HttpRespond& respond) {
  if (request.target != kPath) return false;
  if (auto refused = refuse_control(request, access_, "replays")) {
    respond(std::move(*refused));
  } else if (request.method != "POST") {
    respond(control_problem(405, "a replay is a POST", "edgehose replay"));
  } else {
    auto read = read_replay_request(request.body);
    if (const auto* wrong = std::get_if<std::string>(&read)) {
      respond(control_problem(400, *wrong, R"({"dead_letters":true})"));
      return true;
    }
    worker_.post([this, asked = std::move(*std::get_if<ReplayRequest>(&read)), respond] {
      respond(perform(asked));
    });
  }
  return true;
}

HttpResponse Replay::perform(const ReplayRequest& request) {
  Counts counts;
  if (request.dead_letters) move_dead_letters(counts);
  Error error = request.raw_bucket.empty() ? Error::none : tell_again(request, counts);
  if (error == Error::none && !request.error_bucket.empty()) error = put_again(request, counts);
  if (error == Error::not_found) {
    return control_problem(404, "there is no such bucket", "see: aws s3 ls --endpoint-url ...");
  }
  if (error != Error::none) return control_problem(500, "the disk refused", "see the data folder");
  return control_answer(200, {{"messages", counts.messages},
                              {"objects", counts.objects},
                              {"records", counts.records},
                              {"left", counts.left}});
}

void Replay::move_dead_letters(Counts& counts) {
  auto done = std::make_shared<std::promise<void>>();
  events_.call(
      [&](int64_t now_ms) {
        Sqs& sqs = events_.sqs();
        std::vector<std::string> dead;
        for (const auto& [name, queue] : sqs.queues()) {
          if (!sqs.sources_of(name).empty()) dead.push_back(name);
        }
        for (const std::string& name : dead) {
          counts.messages += sqs.find(name)->messages.visible();
          // One that moves already goes on.
          (void)sqs.start_move(now_ms, sqs.arn_of(name), "", 0);
        }
        return HttpResponse{};
      },
      [done](const HttpResponse& /*written*/) { done->set_value(); });
  done->get_future().wait();
}

Error Replay::tell_again(const ReplayRequest& request, Counts& counts) {
  ++meters_.lists;
  const auto keys = s3_.backend().keys(request.raw_bucket, request.raw_prefix);
  if (!keys) return keys.error();
  for (const std::string& key : keys.value()) {
    if (stopping_) break;
    const auto info = s3_.head_object(request.raw_bucket, key);
    if (!info) continue;
    const Error error = events_.notify(
        {"ObjectCreated:Put", request.raw_bucket, key, info.value().bytes, info.value().etag});
    if (error != Error::none) return error;
    ++counts.objects;
  }
  return Error::none;
}

size_t Replay::put_records(const std::string& stream, const std::vector<std::string>& records) {
  std::vector<const std::string*> waiting;
  waiting.reserve(records.size());
  for (const std::string& record : records) waiting.push_back(&record);
  for (int tries = 0; tries < kTries && !waiting.empty() && !stopping_; ++tries) {
    FrameBuilder rows(0);
    size_t count = 0;
    size_t bytes = 0;
    while (count < waiting.size() && count < kRowsMax && bytes < kBytesMax) {
      rows.add(*waiting[count]);
      bytes += waiting[count++]->size();
    }
    auto answer = std::make_shared<std::promise<FirehoseReply>>();
    firehose_.put(stream, PutKind::batch, std::move(rows),
                  [answer](FirehoseReply reply) { answer->set_value(std::move(reply)); });
    const FirehoseReply reply = answer->get_future().get();
    const auto* put = std::get_if<PutReply>(&reply);
    std::vector<const std::string*> refused;
    for (size_t row = 0; row < count; ++row) {
      const bool is_refused =
          put == nullptr || (!put->throttled.empty() && put->throttled[row] != 0);
      if (is_refused) refused.push_back(waiting[row]);
    }
    if (refused.size() < count) tries = 0;
    waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(count));
    waiting.insert(waiting.begin(), refused.begin(), refused.end());
    if (!refused.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(kPauseMs));
  }
  return records.size() - waiting.size();
}

// The object is put aside when the stream has all of its records: after a crash in between they
// come twice, under the same event_id.
Error Replay::put_again(const ReplayRequest& request, Counts& counts) {
  ++meters_.lists;
  const auto keys = s3_.backend().keys(request.error_bucket, request.error_prefix);
  if (!keys) return keys.error();
  for (const std::string& key : keys.value()) {
    if (stopping_) break;
    ++meters_.gets;
    const auto content = s3_.get_object(request.error_bucket, key, std::nullopt);
    if (!content) continue;
    const auto records = records_in(content.value().bytes);
    if (records.empty()) continue;
    const size_t taken = put_records(request.stream, records);
    counts.records += taken;
    counts.left += records.size() - taken;
    if (taken < records.size()) continue;
    ++meters_.puts;
    meters_.put_bytes += content.value().bytes.size();
    const auto moved = s3_.put_object(request.error_bucket, std::string(kReplayed) + key,
                                      content.value().bytes, content.value().info.headers);
    if (!moved) return Error::io;
    ++meters_.deletes;
    if (s3_.delete_object(request.error_bucket, key)) return Error::io;
    ++counts.objects;
  }
  return Error::none;
}

}  // namespace edgehose
