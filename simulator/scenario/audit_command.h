// `edgehose audit`: every event of a sender's ledger against what the lake and its holders have.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace edgehose {

struct AuditOptions {
  std::vector<std::string> ledgers = {};  // --ledger FILE (repeatable), at least one
  std::string data = {};                  // --data DIR, required
  std::string bucket = "lake";            // --bucket
  std::string collector = {};  // --collector URL: asks its /_edgehose/status for what it holds
  bool foreign_ok = false;     // --foreign-ok: other senders wrote into the lake too
  bool in_flight_ok = false;   // --in-flight-ok: the run has not been drained yet
  bool json = false;           // --json
};

// Prints the table, the faults by event_id, and `audit: balanced` (0) or `audit: NOT balanced` (1).
// 2 when the ledger or the lake cannot be read.
int run_audit(const AuditOptions& options, std::ostream& out, std::ostream& err);

}  // namespace edgehose
