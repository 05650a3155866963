// The sender's ledger: one NDJSON line an event, written when its fate is final, and the digest
// that lets the audit see whether the delivered line still says what was sent.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/result.h"

namespace edgehose {

enum class EventOutcome : uint8_t {
  acknowledged,  // a 2xx answer counts the event as accepted
  failed,        // a 2xx answer lists it as failed
  refused,       // the last answer was no 2xx
  unanswered,    // the last attempt got no answer: the event may arrive or not
};

[[nodiscard]] std::string_view to_text(EventOutcome outcome);

struct LedgerEntry {
  std::string event_id;
  std::string content_type;
  std::string event_time;  // ISO 8601 with milliseconds and Z
  uint32_t attempts = 1;   // times the event was sent
  EventOutcome outcome = EventOutcome::unanswered;
  uint32_t status = 0;  // of the last answer, 0 for none
  uint64_t digest = 0;
};

void append_ledger_line(std::string& out, const LedgerEntry& entry);

// Nothing when the line is no ledger line.
[[nodiscard]] std::optional<LedgerEntry> parse_ledger_line(std::string_view line);

// The first 64 bits of SHA-256 over the members of a JSON object that a sender decides and the
// collector delivers unchanged (see kSentMembers in ledger.cpp), as nlohmann dumps them: sorted,
// without blanks. Error::malformed when the text is no JSON object or nests too deep.
[[nodiscard]] Result<uint64_t> event_digest(std::string_view json_object);

// Appends to a file through a buffer. A full disk shows at the append or flush that meets it.
class LedgerWriter {
 public:
  [[nodiscard]] static Result<LedgerWriter> open(const std::string& path);

  // False when the file took less than it was given; what came before stays.
  [[nodiscard]] bool append(const LedgerEntry& entry);
  [[nodiscard]] bool flush();

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  explicit LedgerWriter(std::FILE* file) : file_(file) {}

  std::unique_ptr<std::FILE, Closer> file_;
  std::string line_;
};

}  // namespace edgehose
