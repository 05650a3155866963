// Walks what lies between a bucket of raw objects and the lake: messages about objects, and the
// objects themselves.
#pragma once

#include <string>

#include "shared/base/result.h"
#include "simulator/scenario/audit.h"

namespace edgehose {

// Raw buckets are those, other than `bucket`, that have notifications. Each event of a raw object
// is told to the book as queued, where a message about it waits to be sent or received; as
// dead-lettered, where it lies in a dead-letter queue; else as left in the object. What the lake
// has besides counts more. Errors are of the disk, or of a log that is damaged.
[[nodiscard]] Error walk_queues(const std::string& data, const std::string& bucket,
                                AuditBook& book);

}  // namespace edgehose
