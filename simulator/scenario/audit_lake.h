// Walks what a data folder holds, objects and journal, and tells the audit's book of every line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shared/base/result.h"
#include "simulator/scenario/audit.h"

namespace edgehose {

struct LakeWalk {
  uint64_t objects = 0;  // of events and of failed events
  uint64_t stored_bytes = 0;
  uint64_t lines = 0;
  uint64_t journal_records = 0;     // accepted by Firehose, not yet in an object
  std::vector<std::string> absent;  // keys whose record exists and whose bytes are gone, at most 10
};

// Reads one object at a time; memory is the largest object. The bytes of each are held against the
// stored etag. Errors are of the disk: what is wrong with the content goes into the book.
[[nodiscard]] Result<LakeWalk> walk_lake(const std::string& data, const std::string& bucket,
                                         AuditBook& book);

}  // namespace edgehose
