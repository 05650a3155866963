// `edgehose query SQL`: SQL over the delivered lake of a data folder, through DuckDB.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

namespace edgehose {

struct QueryOptions {
  std::string sql = {};         // positional SQL
  std::string data = {};        // --data DIR, required
  std::string bucket = "lake";  // --bucket
  uint32_t threads = 0;         // --threads: 0 takes DuckDB's own choice
  uint32_t memory_mb = 1024;    // --memory-mb: DuckDB refuses what needs more
  bool json = false;            // --json: one JSON object a row, then the objects line as one
};

// Prints the rows and then the objects and stored bytes the query was left with after partition
// pruning. 0 when the query ran, 1 when it is wrong or refused, 2 when the options make no sense.
int run_query(const QueryOptions& options, std::ostream& out, std::ostream& err);

}  // namespace edgehose
