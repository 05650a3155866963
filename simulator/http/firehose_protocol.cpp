#include "simulator/http/firehose_protocol.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "shared/base/text.h"
#include "shared/wire/put_record_batch.h"
#include "simulator/http/stream_requests.h"

namespace edgehose {
namespace {

using nlohmann::json;

constexpr std::string_view kContentType = "application/x-amz-json-1.1";

AwsError malformed() {
  return {"SerializationException", "The request body is not a JSON object of the expected form."};
}

AwsError missing(std::string_view member) {
  std::string message = "1 validation error detected: Value null at '";
  message.append(member).append("' failed to satisfy constraint: Member must not be null");
  return {"ValidationException", std::move(message)};
}

void append_record_id(std::string& out, uint64_t record) {
  // Opaque to clients; the fixed head and tail keep it recognisable in logs.
  out.append("edgehose-");
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, 16> digits{};
  for (char& digit : digits) {
    digit = kDigits[record >> 60];
    record <<= 4;
  }
  out.append(digits.data(), digits.size());
}

// Of a row that a fault refused: told apart from throttling (1), because it never reached the
// stream and has no record number.
constexpr uint8_t kRefusedUnavailable = 2;
constexpr uint8_t kRefusedInternal = 3;

std::string_view row_error(uint8_t flag) {
  if (flag == kRefusedInternal) {
    return R"({"ErrorCode":"InternalFailure","ErrorMessage":"Internal failure."})";
  }
  return R"({"ErrorCode":"ServiceUnavailableException","ErrorMessage":"Slow down."})";
}

// Puts the rows that a fault refused back in their places among the others.
PutReply with_refused(const PutReply& put, const std::vector<uint8_t>& refused, RowFaultCode code) {
  PutReply all = put;
  all.rows = static_cast<uint32_t>(refused.size());
  all.throttled.assign(refused.size(), 0);
  size_t row = 0;
  for (size_t i = 0; i < refused.size(); ++i) {
    if (refused[i] != 0) {
      all.throttled[i] =
          code == RowFaultCode::internal_failure ? kRefusedInternal : kRefusedUnavailable;
    } else {
      if (!put.throttled.empty()) all.throttled[i] = put.throttled[row];
      ++row;
    }
  }
  return all;
}

std::string put_text(const PutReply& reply) {
  const std::string_view encrypted = reply.is_encrypted ? "true" : "false";
  std::string text;
  if (reply.is_single) {
    text.append(R"({"Encrypted":)").append(encrypted).append(R"(,"RecordId":")");
    append_record_id(text, reply.first_record);
    return text.append("\"}");
  }
  text.reserve(64 + size_t{64} * reply.rows);
  text.append(R"({"Encrypted":)").append(encrypted).append(R"(,"FailedPutCount":)");
  append_number(text, std::count_if(reply.throttled.begin(), reply.throttled.end(),
                                    [](uint8_t flag) { return flag != 0; }));
  text.append(R"(,"RequestResponses":[)");
  uint64_t record = reply.first_record;
  for (uint32_t row = 0; row < reply.rows; ++row) {
    if (row > 0) text.push_back(',');
    const uint8_t flag = reply.throttled.empty() ? 0 : reply.throttled[row];
    if (flag != 0) {
      text.append(row_error(flag));
      if (flag == 1) ++record;
      continue;
    }
    text.append(R"({"RecordId":")");
    append_record_id(text, record++);
    text.append("\"}");
  }
  return text.append("]}");
}

HttpResponse respond_to(const FirehoseReply& reply) {
  if (const auto* error = std::get_if<AwsError>(&reply)) return json_error(*error);
  if (const auto* put = std::get_if<PutReply>(&reply)) return json_response(put_text(*put));
  if (const auto* create = std::get_if<CreateReply>(&reply)) {
    return json_response(json{{"DeliveryStreamARN", create->arn}}.dump());
  }
  return json_response("{}");
}

struct NamedCall {
  std::string_view operation;
  ControlCall call;
};
constexpr std::array<NamedCall, kControlCalls> kControlOperations = {{
    {"CreateDeliveryStream", ControlCall::create},
    {"DeleteDeliveryStream", ControlCall::erase},
    {"DescribeDeliveryStream", ControlCall::describe},
    {"ListDeliveryStreams", ControlCall::list},
    {"UpdateDestination", ControlCall::update_destination},
    {"TagDeliveryStream", ControlCall::tag},
    {"UntagDeliveryStream", ControlCall::untag},
    {"ListTagsForDeliveryStream", ControlCall::list_tags},
    {"StartDeliveryStreamEncryption", ControlCall::start_encryption},
    {"StopDeliveryStreamEncryption", ControlCall::stop_encryption},
}};

FirehoseHost::Callback answering(const HttpRespond& respond) {
  return [respond](const FirehoseReply& reply) { respond(respond_to(reply)); };
}

}  // namespace

HttpResponse json_response(std::string body) {
  return {.status = 200,
          .headers = {{"Content-Type", std::string(kContentType)}},
          .body = std::move(body)};
}

HttpResponse json_error(const AwsError& error) {
  HttpResponse response =
      json_response(json{{"__type", error.code}, {"message", error.message}}.dump(
          -1, ' ', false, json::error_handler_t::replace));
  response.status = error.http_status;
  response.headers.emplace_back("x-amzn-ErrorType", error.code);
  return response;
}

void FirehoseProtocol::handle(std::string_view operation, const std::string& body,
                              const HttpRespond& respond, const RowFault& fault) {
  if (operation == "PutRecordBatch") return put(body, PutKind::batch, respond, fault);
  if (operation == "PutRecord") return put(body, PutKind::single, respond, fault);
  const auto* const known =
      std::find_if(kControlOperations.begin(), kControlOperations.end(),
                   [operation](const NamedCall& c) { return c.operation == operation; });
  if (known == kControlOperations.end()) {
    return respond(json_error({"UnknownOperationException",
                               "Firehose has no operation " + std::string(operation) + ".", 404}));
  }
  if (auto error = host_.admit(known->call)) return respond(json_error(*error));
  control(known->call, body, respond);
}

void FirehoseProtocol::control(ControlCall call, const std::string& body,
                               const HttpRespond& respond) {
  switch (call) {
    case ControlCall::create:
      return create(body, respond);
    case ControlCall::erase:
      return erase(body, respond);
    case ControlCall::describe:
      return describe(body, respond);
    case ControlCall::list:
      return list(body, respond);
    case ControlCall::update_destination:
      return update_destination(body, respond);
    case ControlCall::tag:
      return tag(body, respond);
    case ControlCall::untag:
      return untag(body, respond);
    case ControlCall::list_tags:
      return list_tags(body, respond);
    case ControlCall::start_encryption:
      return start_encryption(body, respond);
    case ControlCall::stop_encryption:
      return stop_encryption(body, respond);
  }
}

void FirehoseProtocol::put(std::string_view body, PutKind kind, const HttpRespond& respond,
                           const RowFault& fault) {
  const auto request = read_put_request(body);
  if (!request) return respond(json_error(malformed()));
  const auto& stream = request.value().stream;
  const auto& records = request.value().records;
  if (!stream) return respond(json_error(missing("deliveryStreamName")));
  if (!records) {
    return respond(json_error(missing(kind == PutKind::single ? "record" : "records")));
  }
  if (auto error = check_put_count(records->size())) return respond(json_error(*error));
  FrameBuilder rows(body.size() / 4 * 3 + records->size() * sizeof(uint32_t));
  for (const auto& text : *records) {
    if (!text) return respond(json_error(missing("data")));
    if (!rows.try_add_base64(*text)) return respond(json_error(malformed()));
  }
  if (auto error = check_put_bytes(kind, rows)) return respond(json_error(*error));
  if (fault.ppm > 0 && kind == PutKind::batch) {
    std::vector<uint8_t> refused = fault.refused(rows.count());
    rows.drop_rows(refused);
    host_.put(*stream, kind, std::move(rows),
              [respond, refused = std::move(refused), code = fault.code](FirehoseReply reply) {
                auto* put = std::get_if<PutReply>(&reply);
                if (put != nullptr) *put = with_refused(*put, refused, code);
                respond(respond_to(reply));
              });
    return;
  }
  host_.put(*stream, kind, std::move(rows),
            [respond](const FirehoseReply& reply) { respond(respond_to(reply)); });
}

void FirehoseProtocol::create(const std::string& body, const HttpRespond& respond) {
  const auto config = read_create_request(body);
  if (!config) return respond(json_error(config.error()));
  host_.request([&](Firehose& firehose, int64_t now_ms,
                    uint64_t id) { firehose.create(now_ms, id, config.value()); },
                answering(respond));
}

// AllowForceDelete concerns KMS grants only, and there are none here.
void FirehoseProtocol::erase(const std::string& body, const HttpRespond& respond) {
  const auto name = read_stream_name(body, {"AllowForceDelete"});
  if (!name) return respond(json_error(name.error()));
  host_.request([&](Firehose& firehose, int64_t now_ms,
                    uint64_t id) { firehose.erase(now_ms, id, name.value()); },
                answering(respond));
}

// A stream has one destination: Limit and ExclusiveStartDestinationId cannot matter.
void FirehoseProtocol::describe(const std::string& body, const HttpRespond& respond) {
  const auto name = read_stream_name(body, {"Limit", "ExclusiveStartDestinationId"});
  if (!name) return respond(json_error(name.error()));
  const int64_t now_ms = host_.now_ms();
  HttpResponse response;
  host_.inspect([&](const Firehose& firehose) {
    const auto found = firehose.describe(name.value());
    response = found ? json_response(describe_text(firehose, found.value().config, now_ms))
                     : json_error(found.error());
  });
  respond(std::move(response));
}

void FirehoseProtocol::list(const std::string& body, const HttpRespond& respond) {
  const auto request = read_list_request(body);
  if (!request) return respond(json_error(request.error()));
  bool has_more = false;
  std::vector<std::string> names;
  // Every stream here is DirectPut.
  if (request.value().is_direct_put) {
    host_.inspect([&](const Firehose& firehose) {
      names = firehose.list(request.value().after, request.value().limit, has_more);
    });
  }
  respond(json_response(list_text(names, has_more)));
}

// The change is worked out from what the stream is now; the state machine refuses it when the
// stream was changed in between, since its version is another one then.
void FirehoseProtocol::update_destination(const std::string& body, const HttpRespond& respond) {
  const auto request = read_update_request(body);
  if (!request) return respond(json_error(request.error()));
  const std::string& name = request.value().name;
  Outcome<StreamConfig> changed = AwsError{};
  host_.inspect([&](const Firehose& firehose) {
    const auto found = firehose.describe(name);
    if (!found) {
      changed = found.error();
      return;
    }
    changed = apply_update(request.value(), found.value().config);
  });
  if (!changed) return respond(json_error(changed.error()));
  host_.request(
      [&](Firehose& firehose, int64_t now_ms, uint64_t id) {
        firehose.update_destination(now_ms, id, name,
                                    {request.value().from_version, std::move(changed.value())});
      },
      answering(respond));
}

void FirehoseProtocol::tag(const std::string& body, const HttpRespond& respond) {
  const auto request = read_tag_request(body);
  if (!request) return respond(json_error(request.error()));
  host_.request([&](Firehose& firehose, int64_t /*now_ms*/,
                    uint64_t id) { firehose.tag(id, request.value().name, request.value().tags); },
                answering(respond));
}

void FirehoseProtocol::untag(const std::string& body, const HttpRespond& respond) {
  const auto request = read_untag_request(body);
  if (!request) return respond(json_error(request.error()));
  host_.request(
      [&](Firehose& firehose, int64_t /*now_ms*/, uint64_t id) {
        firehose.untag(id, request.value().name, request.value().keys);
      },
      answering(respond));
}

void FirehoseProtocol::list_tags(const std::string& body, const HttpRespond& respond) {
  const auto request = read_list_tags_request(body);
  if (!request) return respond(json_error(request.error()));
  HttpResponse response;
  host_.inspect([&](const Firehose& firehose) {
    const auto found = firehose.describe(request.value().name);
    response = found ? json_response(list_tags_text(found.value().config.tags, request.value()))
                     : json_error(found.error());
  });
  respond(std::move(response));
}

void FirehoseProtocol::start_encryption(const std::string& body, const HttpRespond& respond) {
  const auto request = read_start_encryption_request(body);
  if (!request) return respond(json_error(request.error()));
  set_encryption(request.value().name, request.value().encryption, respond);
}

void FirehoseProtocol::stop_encryption(const std::string& body, const HttpRespond& respond) {
  const auto name = read_stream_name(body, {});
  if (!name) return respond(json_error(name.error()));
  set_encryption(name.value(), {}, respond);
}

void FirehoseProtocol::set_encryption(const std::string& name, const StreamEncryption& encryption,
                                      const HttpRespond& respond) {
  host_.request([&](Firehose& firehose, int64_t now_ms,
                    uint64_t id) { firehose.set_encryption(now_ms, id, name, encryption); },
                answering(respond));
}

}  // namespace edgehose
