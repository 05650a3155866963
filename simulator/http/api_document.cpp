#include "simulator/http/api_document.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "shared/base/json_scan.h"
#include "simulator/adapters/yaml_json.h"

namespace edgehose {
namespace {

// Members in the document's order: that of templates matters.
using json = nlohmann::ordered_json;

constexpr std::string_view kIntegration = "x-amazon-apigateway-integration";
constexpr std::string_view kAnyMethod = "x-amazon-apigateway-any-method";
constexpr std::string_view kGatewayResponses = "x-amazon-apigateway-gateway-responses";
constexpr std::string_view kStage = "x-edgehose-stage";
constexpr std::string_view kUriPrefix = "arn:aws:apigateway:";

std::string step(const std::string& place, std::string_view name) {
  std::string made = place;
  json_append_pointer_step(made, name);
  return made;
}

// A member, or null.
const json* find(const json& object, std::string_view name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

class Reader {
 public:
  std::vector<ApiProblem> problems;

  RestApi read(const json& document) {
    RestApi api;
    if (!is_object(document, "")) return api;
    if (!is_version(document, "openapi", "3.") && !is_version(document, "swagger", "2.")) {
      problem("", "neither OpenAPI 3 nor Swagger 2", "begin it with openapi: \"3.0.1\"");
    }
    for (const auto& [name, value] : document.items()) top_member(api, name, value);
    if (find(document, "paths") == nullptr) {
      problem("", "has no paths", "write a resource under paths");
    }
    // Settings of methods need the methods.
    if (const json* stage = find(document, kStage)) read_stage(api, *stage, step("", kStage));
    return api;
  }

 private:
  void problem(const std::string& place, std::string what, std::string mend) {
    constexpr size_t kProblemsMax = 100;
    if (problems.size() < kProblemsMax) {
      problems.push_back({place, std::move(what), std::move(mend)});
    }
  }
  void not_modelled(const std::string& place, std::string_view name) {
    problem(place, std::string(name) + " is not modelled", "leave it out");
  }

  bool is_object(const json& value, const std::string& place) {
    if (value.is_object()) return true;
    problem(place, "must be an object", "write members");
    return false;
  }
  static bool is_version(const json& document, std::string_view name, std::string_view prefix) {
    const json* version = find(document, name);
    if (version == nullptr) return false;
    // YAML has 2.0 as a number.
    const std::string text = version->is_string() ? version->get<std::string>() : version->dump();
    return text.starts_with(prefix);
  }
  std::string text(const json& value, const std::string& place) {
    if (value.is_string()) return value.get<std::string>();
    problem(place, "must be a text", "write it in quotes");
    return {};
  }
  uint64_t number(const json& value, const std::string& place, uint64_t least, uint64_t most) {
    if (value.is_number_unsigned()) {
      const auto read = value.get<uint64_t>();
      if (read >= least && read <= most) return read;
    }
    problem(place,
            "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most),
            "write such a number");
    return least;
  }
  uint32_t status(const json& value, const std::string& place) {
    json read = value;
    // Documents have a status as a text or as a number.
    if (value.is_string()) read = json::parse(value.get<std::string>(), nullptr, false);
    return static_cast<uint32_t>(number(read, place, 100, 599));
  }

  // ---- the document

  void top_member(RestApi& api, const std::string& name, const json& value) {
    const std::string place = step("", name);
    if (name == "paths") {
      if (!is_object(value, place)) return;
      for (const auto& [path, item] : value.items()) resource(api, path, item, step(place, path));
    } else if (name == "info") {
      const json* title = value.is_object() ? find(value, "title") : nullptr;
      if (title != nullptr && title->is_string()) api.name = title->get<std::string>();
    } else if (name == kGatewayResponses) {
      if (!is_object(value, place)) return;
      for (const auto& [type, item] : value.items()) {
        gateway_response(api, type, item, step(place, type));
      }
    } else if (is_refused(name, value)) {
      not_modelled(place, name);
    }
  }
  // But for what changes nothing here, or says what is so anyway.
  static bool is_refused(const std::string& name, const json& value) {
    if (name == "security") return !value.empty();
    constexpr std::array<std::string_view, 3> kDescribing = {
        "x-amazon-apigateway-endpoint-configuration", "x-amazon-apigateway-documentation",
        "x-amazon-apigateway-request-validators"};
    return name.starts_with("x-amazon-apigateway-") && !(value.is_array() && value.empty()) &&
           std::find(kDescribing.begin(), kDescribing.end(), name) == kDescribing.end();
  }

  void resource(RestApi& api, const std::string& path, const json& item, const std::string& place) {
    if (!path.starts_with('/')) problem(place, "a path begins with /", "write /" + path);
    if (path.size() > 1 && path.ends_with('/')) {
      problem(place, "a path ends without /: requests lose theirs",
              "write " + path.substr(0, path.size() - 1));
    }
    if (!is_object(item, place)) return;
    ApiResource made{path, {}};
    for (const auto& [name, value] : item.items()) {
      constexpr std::array<std::string_view, 7> kMethods = {"get",     "put",  "post", "delete",
                                                            "options", "head", "patch"};
      const std::string at = step(place, name);
      if (name == kAnyMethod) {
        made.methods.push_back(method("ANY", value, at));
      } else if (std::find(kMethods.begin(), kMethods.end(), name) != kMethods.end()) {
        std::string upper = name;
        for (char& c : upper) c = static_cast<char>(c - 32);
        made.methods.push_back(method(std::move(upper), value, at));
      } else if (name.starts_with("x-amazon-") || name == "$ref") {
        not_modelled(at, name);
      }
    }
    api.resources.push_back(std::move(made));
  }

  ApiMethod method(std::string name, const json& value, const std::string& place) {
    ApiMethod made;
    made.name = std::move(name);
    if (!is_object(value, place)) return made;
    for (const auto& [member, inner] : value.items()) {
      const std::string at = step(place, member);
      const bool is_security = member == "security" && !inner.empty();
      if (member == kIntegration) {
        integration(made.integration, inner, at);
      } else if (is_security || member.starts_with("x-amazon-")) {
        not_modelled(at, member);
      }
    }
    if (find(value, kIntegration) == nullptr) {
      problem(place, "has no " + std::string(kIntegration), "say where its requests go");
    }
    return made;
  }

  // ---- integrations

  void integration(Integration& made, const json& value, const std::string& place) {
    if (!is_object(value, place)) return;
    integration_type(made, value, place);
    for (const auto& [name, inner] : value.items()) {
      const std::string at = step(place, name);
      if (name == "requestTemplates") {
        made.templates = templates(inner, at);
      } else if (name == "requestParameters") {
        made.headers = headers(inner, at, "integration.request.header.", Side::request);
      } else if (name == "passthroughBehavior") {
        made.passthrough = passthrough(inner, at);
      } else if (name == "timeoutInMillis") {
        made.timeout_ms = static_cast<uint32_t>(
            number(inner, at, kIntegrationTimeoutMsMin, kIntegrationTimeoutMsMax));
      } else if (name == "responses") {
        made.responses = responses(inner, at);
      } else if (!is_passed_over(name, inner)) {
        not_modelled(at, name);
      }
    }
  }
  static bool is_passed_over(const std::string& name, const json& value) {
    // Nobody is asked for a role here, and no answer is cached.
    if (name == "credentials" || name == "cacheNamespace" || name == "httpMethod") return true;
    if (name == "type" || name == "uri") return true;
    if (name == "cacheKeyParameters") return value.empty();
    return (name == "connectionType" && value == "INTERNET") ||
           (name == "responseTransferMode" && value == "BUFFERED");
  }

  void integration_type(Integration& made, const json& value, const std::string& place) {
    const std::string at = step(place, "type");
    const json* type = find(value, "type");
    std::string name = type == nullptr ? "" : text(*type, at);
    for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    if (name == "mock") {
      made.kind = IntegrationKind::mock;
    } else if (name == "aws") {
      made.kind = IntegrationKind::aws;
      aws_target(made, value, place);
    } else {
      problem(at,
              "an integration of type " + (name.empty() ? "nothing" : name) + " is not modelled",
              "write aws or mock");
    }
  }

  // arn:aws:apigateway:ap-northeast-1:firehose:action/PutRecord
  void aws_target(Integration& made, const json& value, const std::string& place) {
    const std::string at = step(place, "uri");
    const json* uri = find(value, "uri");
    const std::string whole = uri == nullptr ? "" : text(*uri, at);
    const size_t region_end = whole.find(':', kUriPrefix.size());
    const bool is_arn = whole.starts_with(kUriPrefix) && region_end != std::string::npos;
    const std::string target = is_arn ? whole.substr(region_end + 1) : "";
    const size_t action = target.find(":action/");
    made.service = target.substr(0, target.find(':'));
    made.operation = action == std::string::npos ? "" : target.substr(action + 8);
    const bool is_known = made.service == "firehose" &&
                          (made.operation == "PutRecord" || made.operation == "PutRecordBatch");
    if (!is_known) {
      problem(at, "this simulator's gateway calls PutRecord and PutRecordBatch of firehose only",
              "write arn:aws:apigateway:ap-northeast-1:firehose:action/PutRecordBatch");
    }
    const json* method = find(value, "httpMethod");
    if (method == nullptr || *method != "POST") {
      problem(step(place, "httpMethod"), "Firehose takes POST only", "write POST");
    }
  }

  Passthrough passthrough(const json& value, const std::string& place) {
    std::string name = text(value, place);
    for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    if (name == "when_no_templates") return Passthrough::when_no_templates;
    if (name == "never") return Passthrough::never;
    if (name != "when_no_match") {
      problem(place, "is not known", "write when_no_match, when_no_templates or never");
    }
    return Passthrough::when_no_match;
  }

  TemplatesByType templates(const json& value, const std::string& place) {
    TemplatesByType made;
    if (!is_object(value, place)) return made;
    for (const auto& [type, script] : value.items()) {
      const std::string at = step(place, type);
      auto parsed = vtl_parse(text(script, at));
      if (const auto* fault = std::get_if<VtlFault>(&parsed)) {
        problem(at, to_text(*fault), "mend the template there");
        continue;
      }
      made.emplace_back(
          type, std::make_shared<const VtlTemplate>(std::move(*std::get_if<VtlTemplate>(&parsed))));
    }
    return made;
  }

  enum class Side : uint8_t { request, response };

  std::vector<MappedHeader> headers(const json& value, const std::string& place,
                                    std::string_view prefix, Side side) {
    std::vector<MappedHeader> made;
    if (!is_object(value, place)) return made;
    for (const auto& [name, source_text] : value.items()) {
      const std::string at = step(place, name);
      if (!name.starts_with(prefix) || name.size() == prefix.size()) {
        problem(at, "only headers are mapped here", "write " + std::string(prefix) + "NAME");
        continue;
      }
      const auto source = read_parameter_source(text(source_text, at));
      const bool is_early = source && side == Side::request &&
                            source->kind == ParameterSource::Kind::integration_header;
      if (!source || is_early) {
        problem(at, "its value is of a form that is not modelled",
                "write 'a literal' in quotes, context.NAME or a parameter's name");
        continue;
      }
      made.push_back({name.substr(prefix.size()), *source});
    }
    return made;
  }

  std::vector<IntegrationResponse> responses(const json& value, const std::string& place) {
    std::vector<IntegrationResponse> made;
    if (!is_object(value, place)) return made;
    for (const auto& [pattern, item] : value.items()) {
      const std::string at = step(place, pattern);
      if (!is_object(item, at)) continue;
      made.push_back(response(item, at));
      if (pattern == "default") continue;
      std::string fault;
      made.back().selection = StatusPattern::read(pattern, fault);
      if (!made.back().selection) problem(at, fault, "write a pattern such as 5\\d{2}, or default");
    }
    return made;
  }

  IntegrationResponse response(const json& value, const std::string& place) {
    IntegrationResponse made;
    for (const auto& [name, inner] : value.items()) {
      const std::string at = step(place, name);
      if (name == "statusCode") {
        made.status = status(inner, at);
      } else if (name == "responseParameters") {
        made.headers = headers(inner, at, "method.response.header.", Side::response);
      } else if (name == "responseTemplates") {
        made.templates = templates(inner, at);
      } else {
        not_modelled(at, name);
      }
    }
    if (find(value, "statusCode") == nullptr) {
      problem(place, "has no statusCode", "say which status the sender gets");
    }
    return made;
  }

  void gateway_response(RestApi& api, const std::string& name, const json& value,
                        const std::string& place) {
    const auto type = gateway_response_type(name);
    if (!type) {
      problem(place, "there is no gateway response of this name, or none that is modelled",
              "write THROTTLED, DEFAULT_4XX or another of those that AWS names");
      return;
    }
    if (!is_object(value, place)) return;
    GatewayResponse made;
    for (const auto& [member, inner] : value.items()) {
      const std::string at = step(place, member);
      if (member == "statusCode") {
        made.status = status(inner, at);
      } else if (member == "responseParameters") {
        made.headers = headers(inner, at, "gatewayresponse.header.", Side::request);
      } else if (member == "responseTemplates") {
        made.templates = templates(inner, at);
      } else {
        not_modelled(at, member);
      }
    }
    api.gateway_responses[static_cast<size_t>(*type)] = std::move(made);
  }

  // ---- the stage

  void read_stage(RestApi& api, const json& value, const std::string& place) {
    if (!is_object(value, place)) return;
    throttle(api.throttle, value, place);
    for (const auto& [name, inner] : value.items()) {
      const std::string at = step(place, name);
      if (name == "name") {
        api.stage = text(inner, at);
        if (api.stage.empty() || api.stage.find('/') != std::string::npos) {
          problem(at, "is no name of a stage", "write letters, digits and _");
        }
      } else if (name == "variables") {
        if (!is_object(inner, at)) continue;
        for (const auto& [key, variable] : inner.items()) {
          api.stage_variables.emplace_back(key, text(variable, step(at, key)));
        }
      } else if (name == "methodSettings") {
        if (!is_object(inner, at)) continue;
        for (const auto& [key, settings] : inner.items()) {
          method_settings(api, key, settings, step(at, key));
        }
      } else if (!name.starts_with("throttling")) {
        not_modelled(at, name);
      }
    }
  }

  void method_settings(RestApi& api, const std::string& key, const json& value,
                       const std::string& place) {
    if (!is_object(value, place)) return;
    const size_t slash = key.rfind('/');
    for (ApiResource& resource : api.resources) {
      for (ApiMethod& method : resource.methods) {
        const std::string path = slash == 0 ? "/" : key.substr(0, slash);
        const bool fits = slash != std::string::npos && resource.path == path &&
                          method.name == key.substr(slash + 1);
        if (fits) return throttle(method.throttle, value, place);
      }
    }
    problem(place, "there is no such method", "write a path and a method: /events/POST");
  }

  void throttle(ThrottleRate& made, const json& value, const std::string& place) {
    const json* rate = find(value, "throttlingRateLimit");
    const json* burst = find(value, "throttlingBurstLimit");
    if (rate == nullptr && burst == nullptr) return;
    if (rate == nullptr || burst == nullptr) {
      problem(place, "one throttling limit without the other",
              "write throttlingRateLimit and throttlingBurstLimit");
      return;
    }
    made.rate_s = number(*rate, step(place, "throttlingRateLimit"), 1, BurstBucket::kRateMax);
    made.burst = number(*burst, step(place, "throttlingBurstLimit"), 0, BurstBucket::kRateMax);
  }
};

}  // namespace

std::variant<RestApi, std::vector<ApiProblem>> read_api_document(std::string_view text) {
  const std::string mend = "write it as JSON or YAML";
  if (text.size() > kApiDocumentBytesMax) {
    return std::vector<ApiProblem>{{"", "larger than 4 MiB", "make it smaller"}};
  }
  // The scanner bounds the nesting, and nlohmann/json builds the rest.
  constexpr uint32_t kDepthMax = 128;
  JsonScanner scanner(text, kDepthMax);
  const bool is_json = !scanner.take_value().empty() && scanner.peek() == '\0';
  const json document =
      is_json ? json::parse(text, nullptr, false) : json(json::value_t::discarded);
  if (document.is_discarded()) {
    return std::vector<ApiProblem>{
        {"", "no JSON, from byte " + std::to_string(scanner.at()), mend}};
  }
  Reader reader;
  RestApi api = reader.read(document);
  if (!reader.problems.empty()) return std::move(reader.problems);
  return api;
}

std::optional<RestApi> read_api_file(const std::string& path, std::string_view text,
                                     std::string& problems) {
  std::string converted;
  if (path.ends_with(".yaml") || path.ends_with(".yml")) {
    YamlProblem unfit;
    auto yaml = read_yaml(text, kApiDocumentBytesMax, unfit);
    if (!yaml) {
      problems = path + ":" + std::to_string(unfit.line) + ": " + unfit.what;
      return std::nullopt;
    }
    converted = std::move(yaml->json);
    text = converted;
  }
  auto read = read_api_document(text);
  if (auto* api = std::get_if<RestApi>(&read)) return std::move(*api);
  for (const ApiProblem& problem : *std::get_if<std::vector<ApiProblem>>(&read)) {
    if (!problems.empty()) problems.push_back('\n');
    problems.append(path).append(": ").append(problem.place.empty() ? "/" : problem.place);
    problems.append(": ").append(problem.what).append("; ").append(problem.mend);
  }
  return std::nullopt;
}

}  // namespace edgehose
