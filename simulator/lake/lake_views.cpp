#include "simulator/lake/lake_views.h"

#include <span>
#include <vector>

namespace edgehose {
namespace {

struct Column {
  std::string_view name;
  std::string_view type;
};

constexpr std::string_view kText = "VARCHAR";
constexpr std::string_view kInstant = "TIMESTAMP";
constexpr std::string_view kNumber = "BIGINT";
constexpr std::string_view kTruth = "BOOLEAN";
constexpr std::string_view kJson = "JSON";

// The delivered line. Numbers of versions stay text: uap-core's own values are text.
constexpr Column kEventColumns[] = {
    {"event_id", kText},         {"event_time", kInstant},  {"received_time", kInstant},
    {"sent_time", kInstant},     {"user_id", kText},        {"anonymous_id", kText},
    {"session_id", kText},       {"page_url", kText},       {"page_host", kText},
    {"page_path", kText},        {"page_title", kText},     {"language", kText},
    {"timezone", kText},         {"screen_width", kNumber}, {"screen_height", kNumber},
    {"referrer_url", kText},     {"referrer_host", kText},  {"referrer_medium", kText},
    {"referrer_source", kText},  {"referrer_term", kText},  {"campaign_source", kText},
    {"campaign_medium", kText},  {"campaign_name", kText},  {"campaign_term", kText},
    {"campaign_content", kText}, {"click_id", kText},       {"click_id_kind", kText},
    {"ua_family", kText},        {"ua_major", kText},       {"ua_minor", kText},
    {"ua_patch", kText},         {"os_family", kText},      {"os_major", kText},
    {"os_minor", kText},         {"os_patch", kText},       {"device_family", kText},
    {"device_brand", kText},     {"device_model", kText},   {"is_bot", kTruth},
    {"bot_name", kText},         {"user_agent", kText},     {"client_ip", kText},
    {"geo_country", kText},      {"geo_region", kText},     {"geo_city", kText},
    {"geo_asn", kText},          {"properties", kJson},     {"time_status", kText},
    {"coerced", kJson},          {"consent", kJson},        {"plan_version", kText},
    {"collector", kText},
};

constexpr Column kFailedColumns[] = {
    {"reason", kText},           {"pointer", kText}, {"keyword", kText},
    {"expected", kText},         {"actual", kText},  {"content_type", kText},
    {"received_time", kInstant}, {"raw", kText},     {"raw_bytes", kNumber},
    {"raw_sha256", kText},
};

constexpr std::string_view kHourTypes =
    "'year': 'INTEGER', 'month': 'INTEGER', 'day': 'INTEGER', 'hour': 'INTEGER'";
constexpr std::string_view kNoHour =
    "NULL::INTEGER AS year, NULL::INTEGER AS month, NULL::INTEGER AS day, NULL::INTEGER AS hour";

// One view: where content_type comes from differs, the rest is the same.
struct View {
  std::string_view name;
  std::span<const Column> columns;
  LakeGroup by_hour;
  LakeGroup other;
  bool type_in_key = false;  // content_type is a partition of the by_hour keys
};

void append_columns(std::string& sql, const View& view, bool with_type) {
  sql += "columns = {";
  for (const Column& column : view.columns) {
    sql += "'" + std::string(column.name) + "': '" + std::string(column.type) + "', ";
  }
  if (with_type) sql += "'content_type': 'VARCHAR', ";
  sql.resize(sql.size() - 2);
  sql += '}';
}

// `head` is the part between SELECT and FROM.
std::string head(const View& view, std::string_view partition) {
  std::string sql = "SELECT ";
  for (const Column& column : view.columns) {
    sql += column.name;
    sql += ", ";
    // The type stands where a reader looks for it: after the id.
    if (view.type_in_key && &column == view.columns.data()) sql += "content_type, ";
  }
  sql += partition;
  return sql;
}

// One SELECT over the objects of a group. Every column has its type, so nothing is guessed from
// samples and absent members are NULL.
std::string read_group(const View& view, const LakeGroup& group, bool by_hour) {
  std::string sql = head(view, by_hour ? "year, month, day, hour" : kNoHour);
  sql += " FROM ";
  sql += group.function;
  sql += "(getvariable('" + std::string(group.name) + "'), format = 'newline_delimited', ";
  append_columns(sql, view, view.type_in_key && !by_hour);
  if (!by_hour) return sql + ", hive_partitioning = false)";
  sql += ", hive_partitioning = true, hive_types = {";
  if (view.type_in_key) sql += "'content_type': 'VARCHAR', ";
  sql += kHourTypes;
  return sql + "})";
}

// The same columns and no row.
std::string read_nothing(const View& view) {
  std::string sql = "SELECT ";
  for (const Column& column : view.columns) {
    sql += "NULL::" + std::string(column.type) + " AS " + std::string(column.name) + ", ";
    if (view.type_in_key && &column == view.columns.data()) {
      sql += "NULL::VARCHAR AS content_type, ";
    }
  }
  return sql + std::string(kNoHour) + " WHERE false";
}

// Column order is the same in each part, as UNION ALL needs it.
std::string view_sql(const View& view, const ViewGroups& groups) {
  std::string sql = "CREATE VIEW " + std::string(view.name) + " AS ";
  if (!groups.by_hour && !groups.other) return sql + read_nothing(view);
  if (groups.by_hour) sql += read_group(view, view.by_hour, true);
  if (groups.by_hour && groups.other) sql += " UNION ALL ";
  if (groups.other) sql += read_group(view, view.other, false);
  return sql;
}

}  // namespace

std::string events_view_sql(const ViewGroups& groups) {
  return view_sql({"events", kEventColumns, kEventsByHour, kEventsOther, true}, groups);
}

std::string failed_events_view_sql(const ViewGroups& groups) {
  return view_sql({"failed_events", kFailedColumns, kFailedByHour, kFailedOther, false}, groups);
}

std::string sql_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c;
    if (c == '\'') quoted += c;
  }
  return quoted + "'";
}

}  // namespace edgehose
