// A status as the simulator prints it, for tests: 100 s, two streams, 1,500 lines.
#pragma once

namespace edgehose {

inline constexpr const char* kSampleStatus = R"({
  "now_ms": 1795352500000, "started_ms": 1795352400000, "quota_profile": "tokyo-2020",
  "s3": {"puts": 2, "gets": 3, "lists": 4, "deletes": 9, "heads": 5, "put_bytes": 500000},
  "apigateway": {"count": 1500}, "alarms": [{"name": "a"}, {"name": "b"}],
  "sqs": {"queues": {"q": {"billed_requests": 30}, "r": {"billed_requests": 3}}},
  "lambda": {"functions": {"f": {"invocations": 7, "billed_mib_ms": 3584}}},
  "streams": [
    {"name": "page_view", "status": "ACTIVE", "requests": 10, "records": 100, "bytes": 500000,
     "billed_bytes": 512000, "lines": 1200, "billed_bytes_single": 6144000,
     "throttled_requests": 1, "throttled_records": 2, "buffered_records": 7, "buffered_bytes": 1,
     "delivered_objects": 4, "delivered_bytes": 450000, "delivered_records": 93,
     "peak_second": {"records": 250, "requests": 20, "bytes": 524288},
     "limits": {"records_s": 1000, "requests_s": 1000, "bytes_s": 1048576}},
    {"name": "other", "status": "ACTIVE", "requests": 1, "records": 10, "bytes": 50000,
     "billed_bytes": 51200, "lines": 300, "billed_bytes_single": 1536000,
     "throttled_requests": 0, "throttled_records": 0, "buffered_records": 0, "buffered_bytes": 0,
     "delivered_objects": 2, "delivered_bytes": 50000, "delivered_records": 10,
     "peak_second": {"records": 10, "requests": 1, "bytes": 50000},
     "limits": {"records_s": 0, "requests_s": 0, "bytes_s": 0}}
  ]})";

}  // namespace edgehose
