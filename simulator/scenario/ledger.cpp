#include "simulator/scenario/ledger.h"

#include <array>
#include <charconv>
#include <exception>
#include <nlohmann/json.hpp>
#include <span>

#include "shared/base/json_scan.h"
#include "shared/base/sha256.h"

namespace edgehose {
namespace {

using Json = nlohmann::json;

// The document reader recurses when it prints; the scanner bounds the nesting before it.
constexpr uint32_t kDepthMax = 256;

// The members of a delivered line that are the sender's own. Those the collector adds or may change
// (received_time, client_ip, ...) are left out.
constexpr std::array<const char*, 14> kSentMembers = {
    "content_type",  "event_time",   "user_id",    "anonymous_id", "session_id",
    "page_url",      "page_title",   "language",   "timezone",     "screen_width",
    "screen_height", "referrer_url", "user_agent", "properties"};

constexpr std::array<std::string_view, 4> kOutcomes = {"acknowledged", "failed", "refused",
                                                       "unanswered"};

// Nothing for text that is no whole object within the depth.
std::optional<Json> parse_object(std::string_view text) {
  JsonScanner scanner(text, kDepthMax);
  if (scanner.take_value().empty() || scanner.peek() != '\0') return std::nullopt;
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

std::optional<uint64_t> parse_hex(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.size() != 16 || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::optional<EventOutcome> parse_outcome(std::string_view text) {
  for (size_t i = 0; i < kOutcomes.size(); ++i) {
    if (kOutcomes[i] == text) return static_cast<EventOutcome>(i);
  }
  return std::nullopt;
}

void append_hex(std::string& out, uint64_t value) {
  std::array<uint8_t, 8> bytes{};
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<uint8_t>(value >> (56 - 8 * i));
  out += hex(std::span<const uint8_t>(bytes));
}

}  // namespace

std::string_view to_text(EventOutcome outcome) { return kOutcomes[static_cast<size_t>(outcome)]; }

void append_ledger_line(std::string& out, const LedgerEntry& entry) {
  out += R"({"event_id":)";
  json_append_string(out, entry.event_id);
  out += R"(,"content_type":)";
  json_append_string(out, entry.content_type);
  out += R"(,"event_time":)";
  json_append_string(out, entry.event_time);
  out += R"(,"attempts":)";
  out += std::to_string(entry.attempts);
  out += R"(,"outcome":")";
  out += to_text(entry.outcome);
  out += R"(","status":)";
  out += std::to_string(entry.status);
  out += R"(,"digest":")";
  append_hex(out, entry.digest);
  out += "\"}\n";
}

std::optional<LedgerEntry> parse_ledger_line(std::string_view line) try {
  const std::optional<Json> json = parse_object(line);
  if (!json) return std::nullopt;
  const std::optional<EventOutcome> outcome = parse_outcome(json->at("outcome").get<std::string>());
  const std::optional<uint64_t> digest = parse_hex(json->at("digest").get<std::string>());
  if (!outcome || !digest) return std::nullopt;
  return LedgerEntry{
      .event_id = json->at("event_id").get<std::string>(),
      .content_type = json->at("content_type").get<std::string>(),
      .event_time = json->at("event_time").get<std::string>(),
      .attempts = json->at("attempts").get<uint32_t>(),
      .outcome = *outcome,
      .status = json->at("status").get<uint32_t>(),
      .digest = *digest,
  };
} catch (const std::exception&) {
  return std::nullopt;
}

Result<uint64_t> event_digest(std::string_view json_object) try {
  std::optional<Json> json = parse_object(json_object);
  if (!json) return Error::malformed;
  Json sent = Json::object();
  for (const char* name : kSentMembers) {
    const auto found = json->find(name);
    if (found != json->end()) sent[name] = std::move(*found);
  }
  const Sha256 hash = sha256(sent.dump());
  uint64_t digest = 0;
  for (size_t i = 0; i < 8; ++i) digest = (digest << 8) | hash[i];
  return digest;
} catch (const std::exception&) {
  return Error::malformed;
}

Result<LedgerWriter> LedgerWriter::open(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "ae");
  if (file == nullptr) return Error::io;
  return LedgerWriter(file);
}

bool LedgerWriter::append(const LedgerEntry& entry) {
  line_.clear();
  append_ledger_line(line_, entry);
  return std::fwrite(line_.data(), 1, line_.size(), file_.get()) == line_.size();
}

bool LedgerWriter::flush() { return std::fflush(file_.get()) == 0; }

}  // namespace edgehose
