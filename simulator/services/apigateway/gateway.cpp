#include "simulator/services/apigateway/gateway.h"

#include <algorithm>
#include <array>

#include "shared/base/calendar.h"
#include "shared/base/json_scan.h"
#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr std::string_view kJson = "application/json";

std::string_view find_text(const VtlTexts& texts, std::string_view name) {
  for (const auto& [key, text] : texts) {
    if (key == name) return text;
  }
  return {};
}

std::string_view find_header(const VtlTexts& headers, std::string_view name) {
  for (const auto& [key, text] : headers) {
    if (equals_ignoring_case(key, name)) return text;
  }
  return {};
}

void set_header(VtlTexts& headers, std::string_view name, std::string value) {
  for (auto& [key, text] : headers) {
    if (!equals_ignoring_case(key, name)) continue;
    text = std::move(value);
    return;
  }
  headers.emplace_back(name, std::move(value));
}

// A header's value may hold no line's end: what comes after it would be another header.
std::string one_line(std::string text) {
  text.erase(std::remove_if(text.begin(), text.end(),
                            [](char c) { return static_cast<uint8_t>(c) < 0x20 && c != '\t'; }),
             text.end());
  return text;
}

bool is_header_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::string_view context_text(const VtlInput& input, std::string_view name) {
  for (const VtlContextEntry& entry : input.context) {
    if (entry.name == name) return entry.text;
  }
  return {};
}

std::string value_of(const ParameterSource& source, const GatewayCall& call,
                     const VtlTexts& integration_headers) {
  using Kind = ParameterSource::Kind;
  switch (source.kind) {
    case Kind::literal:
      return source.text;
    case Kind::request_header:
      return std::string(find_header(call.input.header, source.text));
    case Kind::request_querystring:
      return std::string(find_text(call.input.querystring, source.text));
    case Kind::request_path:
      return std::string(find_text(call.input.path, source.text));
    case Kind::context:
      return std::string(context_text(call.input, source.text));
    case Kind::stage_variable:
      return std::string(find_text(call.input.stage_variables, source.text));
    default:
      return std::string(find_header(integration_headers, source.text));
  }
}

size_t header_bytes(const VtlTexts& headers) {
  size_t bytes = 0;
  for (const auto& [name, text] : headers) bytes += name.size() + text.size();
  return bytes;
}

// statusCode of what a MOCK integration's request template made.
std::optional<uint32_t> mock_status(std::string_view body) {
  JsonScanner in(body);
  std::string_view key;
  if (!in.enter_object()) return std::nullopt;
  while (in.next_member(key)) {
    std::string_view value = in.take_value();
    if (key != "\"statusCode\"") continue;
    if (value.size() == 5 && value.front() == '"') value = value.substr(1, 3);
    if (value.size() != 3 || !std::all_of(value.begin(), value.end(), is_digit))
      return std::nullopt;
    return static_cast<uint32_t>((value[0] - '0') * 100 + (value[1] - '0') * 10 + value[2] - '0');
  }
  return std::nullopt;
}

const IntegrationResponse* select_response(const Integration& integration, uint32_t status) {
  const IntegrationResponse* fallback = nullptr;
  for (const IntegrationResponse& response : integration.responses) {
    if (!response.selection) {
      if (fallback == nullptr) fallback = &response;
    } else if (response.selection->matches(status)) {
      return &response;
    }
  }
  return fallback;
}

// By the answer's content type, else the one for JSON, else the first.
const std::pair<std::string, std::shared_ptr<const VtlTemplate>>* response_template(
    const TemplatesByType& templates, std::string_view content_type) {
  for (const std::string& type : {media_type(content_type), std::string(kJson)}) {
    for (const auto& entry : templates) {
      if (media_type(entry.first) == type) return &entry;
    }
  }
  return templates.empty() ? nullptr : &templates.front();
}

}  // namespace

std::string common_log_time(int64_t unix_ms) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const CivilTime time = civil_from_ms(unix_ms);
  std::string out;
  const auto two = [&](unsigned value) {
    out.push_back(static_cast<char>('0' + value / 10));
    out.push_back(static_cast<char>('0' + value % 10));
  };
  two(time.day);
  out.append("/").append(kMonths[time.month - 1U]).append("/");
  append_number(out, time.year);
  for (const unsigned part : {time.hour, time.minute, time.second}) {
    out.push_back(':');
    two(part);
  }
  return out.append(" +0000");
}

void LatencyMeter::add(uint64_t ms) {
  min_ms = count == 0 ? ms : std::min(min_ms, ms);
  max_ms = std::max(max_ms, ms);
  sum_ms += ms;
  ++count;
}

Gateway::Gateway(RestApi api, const GatewayOptions& options, int64_t now_ms)
    : api_(std::move(api)),
      options_(options),
      account_(options.account, now_ms),
      stage_(api_.throttle, now_ms) {
  for (const ApiResource& resource : api_.resources) {
    for (const ApiMethod& method : resource.methods) {
      if (method.throttle.rate_s == 0) continue;
      methods_.push_back({&method, BurstBucket(method.throttle, now_ms)});
    }
  }
}

GatewayCall Gateway::prepare(int64_t now_ms, GatewayRequest request) const {
  if (request.path.empty()) request.path = "/";
  GatewayCall call;
  call.found = find_method(api_, request.method, request.path);
  VtlInput& input = call.input;
  input.path = call.found.path_parameters;
  input.querystring = request.querystring;
  input.header = request.headers;
  input.stage_variables = api_.stage_variables;
  const std::string resource_path = call.found.resource == nullptr ? "" : call.found.resource->path;
  input.context = {
      {"requestId", request.request_id},
      {"extendedRequestId", request.extended_request_id},
      {"requestTime", common_log_time(now_ms)},
      {"requestTimeEpoch", std::to_string(now_ms), true},
      {"identity.sourceIp", request.source_ip},
      {"identity.userAgent", std::string(find_header(request.headers, "user-agent"))},
      {"httpMethod", request.method},
      {"path", "/" + api_.stage + request.path},
      {"resourcePath", resource_path},
      {"stage", api_.stage},
      {"apiId", api_.id},
      {"accountId", api_.account},
      {"domainName", std::string(find_header(request.headers, "host"))},
      {"protocol", "HTTP/1.1"},
  };
  call.request = std::move(request);
  return call;
}

bool Gateway::admit(int64_t now_ms, const GatewayCall& call) {
  const auto own = std::find_if(methods_.begin(), methods_.end(), [&](const MethodBucket& entry) {
    return entry.method == call.found.method;
  });
  account_.refill(now_ms);
  stage_.refill(now_ms);
  if (own != methods_.end()) own->bucket.refill(now_ms);
  const bool has_own = own == methods_.end() || own->bucket.has_one();
  // A request that is throttled takes no token.
  if (!has_own || !stage_.has_one() || !account_.has_one()) return false;
  if (own != methods_.end()) own->bucket.take_one();
  stage_.take_one();
  account_.take_one();
  return true;
}

std::variant<GatewayAnswer, IntegrationCall> Gateway::begin(const GatewayCall& call) const {
  if (call.found.method == nullptr) {
    return respond(call, GatewayResponseType::missing_authentication_token);
  }
  if (header_bytes(call.request.headers) > kGatewayHeaderBytesMax) {
    GatewayAnswer answer =
        respond(call, GatewayResponseType::default_4xx, "Request Header Fields Too Large");
    answer.status = options_.headers_too_large_status;
    return answer;
  }
  if (call.request.body.size() > kGatewayBodyBytesMax) return too_large(call);
  return map_request(call);
}

std::variant<GatewayAnswer, IntegrationCall> Gateway::map_request(const GatewayCall& call) const {
  const Integration& integration = call.found.method->integration;
  const std::string type = media_type(find_header(call.request.headers, "content-type"));
  const VtlTemplate* script = find_template(integration.templates, type);
  const bool is_refused =
      script == nullptr && (integration.passthrough == Passthrough::never ||
                            (integration.passthrough == Passthrough::when_no_templates &&
                             !integration.templates.empty()));
  if (is_refused) return respond(call, GatewayResponseType::unsupported_media_type);

  IntegrationCall made{integration.service, integration.operation, {}, {}, integration.timeout_ms};
  for (const MappedHeader& header : integration.headers) {
    set_header(made.headers, header.name, value_of(header.source, call, {}));
  }
  if (script == nullptr) {
    made.body = call.request.body;
  } else {
    VtlInput input = call.input;
    input.body = call.request.body;
    auto done = vtl_run(*script, input, options_.limits, options_.rules);
    if (const auto* fault = std::get_if<VtlFault>(&done)) return faulted(call, *fault);
    auto& output = *std::get_if<VtlOutput>(&done);
    made.body = std::move(output.text);
    for (auto& [name, text] : output.overrides.request_headers) {
      set_header(made.headers, name, std::move(text));
    }
  }
  if (integration.kind == IntegrationKind::mock) return mock(call, made.body);
  return made;
}

GatewayAnswer Gateway::mock(const GatewayCall& call, std::string_view body) const {
  const auto status = mock_status(body);
  if (!status) return misconfigured(call, "the MOCK integration's template gives no statusCode");
  return finish(call, {.status = status});
}

GatewayAnswer Gateway::finish(const GatewayCall& call, const IntegrationAnswer& answer) const {
  if (!answer.status) return respond(call, GatewayResponseType::integration_failure);
  const IntegrationResponse* mapping =
      select_response(call.found.method->integration, *answer.status);
  if (mapping == nullptr) {
    return misconfigured(call, "no integration response fits the status " +
                                   std::to_string(*answer.status) + ", and there is no default");
  }
  return map_response(call, answer, *mapping);
}

GatewayAnswer Gateway::map_response(const GatewayCall& call, const IntegrationAnswer& answer,
                                    const IntegrationResponse& mapping) const {
  GatewayAnswer made{.status = mapping.status, .headers = {}, .body = answer.body};
  const auto* entry =
      response_template(mapping.templates, find_header(answer.headers, "content-type"));
  made.headers.emplace_back("Content-Type", entry == nullptr ? std::string(kJson) : entry->first);
  for (const MappedHeader& header : mapping.headers) {
    std::string value = value_of(header.source, call, answer.headers);
    if (!value.empty()) set_header(made.headers, header.name, one_line(std::move(value)));
  }
  if (entry == nullptr) return made;
  VtlInput input = call.input;
  input.body = answer.body;
  auto done = vtl_run(*entry->second, input, options_.limits, options_.rules);
  if (const auto* fault = std::get_if<VtlFault>(&done)) {
    // Even an answer that is no JSON is not the sender's fault.
    return misconfigured(call, to_text(*fault));
  }
  auto& output = *std::get_if<VtlOutput>(&done);
  made.body = std::move(output.text);
  if (output.overrides.status) made.status = static_cast<uint32_t>(*output.overrides.status);
  for (auto& [name, text] : output.overrides.response_headers) {
    if (is_header_name(name)) set_header(made.headers, name, one_line(std::move(text)));
  }
  return made;
}

GatewayAnswer Gateway::throttled(const GatewayCall& call) const {
  return respond(call, GatewayResponseType::throttled);
}
GatewayAnswer Gateway::timed_out(const GatewayCall& call) const {
  return respond(call, GatewayResponseType::integration_timeout);
}
GatewayAnswer Gateway::too_large(const GatewayCall& call) const {
  return respond(call, GatewayResponseType::request_too_large);
}

GatewayAnswer Gateway::faulted(const GatewayCall& call, const VtlFault& fault) const {
  if (fault.kind == VtlFaultKind::input) {
    return respond(call, GatewayResponseType::bad_request_body,
                   "Could not parse request body into json: " + fault.what);
  }
  return misconfigured(call, to_text(fault));
}

// AWS says "Internal server error" and writes the reason into a log; here it is in a header.
GatewayAnswer Gateway::misconfigured(const GatewayCall& call, std::string reason) const {
  GatewayAnswer answer = respond(call, GatewayResponseType::api_configuration_error);
  answer.headers.emplace_back("x-edgehose-fault", one_line(std::move(reason)));
  return answer;
}

GatewayAnswer Gateway::respond(const GatewayCall& call, GatewayResponseType type,
                               std::string_view message) const {
  const GatewayResponseKind& kind = gateway_response_kind(type);
  if (message.empty()) message = kind.message;
  GatewayAnswer answer{.status = kind.status, .headers = {}, .body = {}};
  const auto fallback =
      kind.status < 500 ? GatewayResponseType::default_4xx : GatewayResponseType::default_5xx;
  const auto& own = api_.gateway_responses[static_cast<size_t>(type)];
  const auto& common = api_.gateway_responses[static_cast<size_t>(fallback)];
  const GatewayResponse* wanted = own ? &*own : common ? &*common : nullptr;

  std::string quoted;
  json_append_string(quoted, message);
  answer.headers.emplace_back("Content-Type", kJson);
  if (!kind.error_type.empty()) answer.headers.emplace_back("x-amzn-ErrorType", kind.error_type);
  answer.body = "{\"message\":" + quoted + "}";
  if (wanted == nullptr) return answer;
  // The status of a default serves every answer that has none of its own.
  if (wanted->status) answer.status = *wanted->status;
  for (const MappedHeader& header : wanted->headers) {
    set_header(answer.headers, header.name, one_line(value_of(header.source, call, {})));
  }
  const auto* entry = response_template(wanted->templates, kJson);
  if (entry == nullptr) return answer;
  VtlInput input = call.input;
  input.context.push_back({"error.message", std::string(message)});
  input.context.push_back({"error.messageString", quoted});
  input.context.push_back({"error.responseType", std::string(kind.name)});
  auto done = vtl_run(*entry->second, input, options_.limits, options_.rules);
  if (auto* output = std::get_if<VtlOutput>(&done)) {
    answer.body = std::move(output->text);
    set_header(answer.headers, "Content-Type", entry->first);
  }
  return answer;
}

void Gateway::count(uint32_t status, Throttled throttled, uint64_t latency_ms,
                    std::optional<uint64_t> integration_ms) {
  ++meters_.count;
  if (status >= 500) {
    ++meters_.errors_5xx;
  } else if (status >= 400) {
    ++meters_.errors_4xx;
  }
  if (throttled == Throttled::yes) ++meters_.throttled;
  meters_.latency.add(latency_ms);
  if (integration_ms) meters_.integration_latency.add(*integration_ms);
}

}  // namespace edgehose
