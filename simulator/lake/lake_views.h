// The SQL that makes the lake's objects into the views `events` and `failed_events`.
//
// Each view reads its objects through a reader function of its own name (all four are the same
// reader), so that a query plan tells whose objects a scan reads.
#pragma once

#include <string>
#include <string_view>

namespace edgehose {

// A set of objects that one scan of a plan reads.
struct LakeGroup {
  std::string_view name;      // of the SQL variable that lists its files
  std::string_view function;  // the reader, as plans write it
};

inline constexpr LakeGroup kEventsByHour = {"edgehose_events_by_hour", "READ_JSON"};
inline constexpr LakeGroup kEventsOther = {"edgehose_events_other", "READ_JSON_AUTO"};
inline constexpr LakeGroup kFailedByHour = {"edgehose_failed_by_hour", "READ_NDJSON"};
inline constexpr LakeGroup kFailedOther = {"edgehose_failed_other", "READ_NDJSON_AUTO"};
inline constexpr LakeGroup kLakeGroups[] = {kEventsByHour, kEventsOther, kFailedByHour,
                                            kFailedOther};

// Which of a view's two groups have objects: a reader refuses an empty list of files.
struct ViewGroups {
  bool by_hour = false;  // under year=/month=/day=/hour=: pruned by those columns
  bool other = false;    // under any other key: read whole, the four columns are NULL
};

[[nodiscard]] std::string events_view_sql(const ViewGroups& groups);
[[nodiscard]] std::string failed_events_view_sql(const ViewGroups& groups);

// 'text' with its quotes doubled.
[[nodiscard]] std::string sql_text(std::string_view text);

}  // namespace edgehose
