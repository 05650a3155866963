#include "simulator/lake/lake_database.h"

#include <duckdb.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "simulator/lake/lake_views.h"
#include "simulator/lake/query_plan.h"

namespace edgehose {
namespace {

// A result that frees itself.
class QueryOutcome {
 public:
  QueryOutcome() = default;
  QueryOutcome(const QueryOutcome&) = delete;
  QueryOutcome& operator=(const QueryOutcome&) = delete;
  ~QueryOutcome() { duckdb_destroy_result(&result); }

  [[nodiscard]] std::string error() {
    const char* text = duckdb_result_error(&result);
    return text == nullptr ? "unknown error" : text;
  }

  [[nodiscard]] std::optional<std::string> cell(idx_t column, idx_t row) {
    if (duckdb_value_is_null(&result, column, row)) return std::nullopt;
    char* text = duckdb_value_varchar(&result, column, row);
    if (text == nullptr) return std::nullopt;
    std::string copy(text);
    duckdb_free(text);
    return copy;
  }

  duckdb_result result{};
};

// Types whose text is a value of JSON (but for NaN and infinities, which the printer looks at).
bool is_literal(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UHUGEINT:
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_DECIMAL:
      return true;
    default:
      return false;
  }
}

// Types whose cells the C API gives as text. Others are cast by a query around the query.
bool has_text(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_DATE:
    case DUCKDB_TYPE_TIME:
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_INTERVAL:
      return true;
    default:
      return is_literal(type);
  }
}

// What the user can do about the errors that come most.
std::string hint_for(std::string_view error) {
  if (error.find("Catalog Error: Table with name") == 0) {
    return "\nThe views are events and failed_events; DESCRIBE events lists the columns.";
  }
  if (error.find("Permission Error") == 0) {
    return "\nA query reads the lake's views and nothing else.";
  }
  if (error.find("Out of Memory Error") == 0) {
    return "\nThe bound is --memory-mb; filters on content_type, year, month, day and hour make a "
           "query read less.";
  }
  return "";
}

// JSON is an alias of text in DuckDB: only the alias tells them apart.
ResultColumn describe_column(duckdb_result& result, idx_t index) {
  ResultColumn column;
  column.name = duckdb_column_name(&result, index);
  if (is_literal(duckdb_column_type(&result, index))) column.form = ResultColumn::Form::literal;
  duckdb_logical_type type = duckdb_column_logical_type(&result, index);
  char* alias = duckdb_logical_type_get_alias(type);
  if (alias != nullptr && std::string_view(alias) == "JSON") {
    column.form = ResultColumn::Form::json;
  }
  duckdb_free(alias);
  duckdb_destroy_logical_type(&type);
  return column;
}

// The order of kLakeGroups: events then failed events, by hour then other.
const LakeGroup* group_of(const LakeObject& object) {
  const bool by_hour = object.hour.has_value();
  switch (object.kind) {
    case LakeObject::Kind::events:
      return by_hour ? &kLakeGroups[0] : &kLakeGroups[1];
    case LakeObject::Kind::failed_events:
      return by_hour ? &kLakeGroups[2] : &kLakeGroups[3];
    case LakeObject::Kind::other:
      return nullptr;
  }
  return nullptr;
}

}  // namespace

// Owns the C handles. Every function returns a text: empty when it went well.
class LakeDatabase::Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    if (connection_ != nullptr) duckdb_disconnect(&connection_);
    if (database_ != nullptr) duckdb_close(&database_);
  }

  std::string open(const LakeDatabaseOptions& options);
  std::string load(const std::vector<LakeObject>& objects);
  std::string lock_down(const std::string& bucket_path);
  std::string check_statement(const std::string& sql);
  std::string fill(const std::string& sql, QueryRows& rows);
  std::optional<Pruning> prune(const std::string& sql);

 private:
  std::string run(const std::string& sql);
  std::string append_objects(const std::vector<LakeObject>& objects);
  bool needs_casts(const std::string& sql, std::vector<ResultColumn>& columns);
  bool reads_files(const std::string& sql);
  std::optional<uint64_t> mark_scan(const PlanScan& scan, const LakeGroup& group);

  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
};

// In memory, without a folder for spilling: what needs more than its bound fails.
std::string LakeDatabase::Session::open(const LakeDatabaseOptions& options) {
  duckdb_config config = nullptr;
  duckdb_create_config(&config);
  const std::string memory = std::to_string(options.memory_mb) + "MB";
  const std::string threads = std::to_string(options.threads);
  duckdb_set_config(config, "memory_limit", memory.c_str());
  duckdb_set_config(config, "temp_directory", "");
  duckdb_set_config(config, "autoinstall_known_extensions", "false");
  duckdb_set_config(config, "autoload_known_extensions", "false");
  if (options.threads > 0) duckdb_set_config(config, "threads", threads.c_str());
  char* error = nullptr;
  const duckdb_state opened = duckdb_open_ext(nullptr, &database_, config, &error);
  duckdb_destroy_config(&config);
  if (opened != DuckDBSuccess) {
    std::string text = error == nullptr ? "DuckDB does not open" : error;
    duckdb_free(error);
    return text;
  }
  return duckdb_connect(database_, &connection_) == DuckDBSuccess ? "" : "DuckDB does not connect";
}

std::string LakeDatabase::Session::run(const std::string& sql) {
  QueryOutcome outcome;
  const bool ok = duckdb_query(connection_, sql.c_str(), &outcome.result) == DuckDBSuccess;
  return ok ? "" : outcome.error();
}

// Views are made last: a reader looks for its files when its view is made.
std::string LakeDatabase::Session::load(const std::vector<LakeObject>& objects) {
  std::string error =
      run("CREATE TABLE edgehose_objects(path VARCHAR, bytes BIGINT, lake_group VARCHAR, "
          "content_type VARCHAR, year INTEGER, month INTEGER, day INTEGER, hour INTEGER, "
          "kept BOOLEAN)");
  if (error.empty()) error = append_objects(objects);
  bool has[std::size(kLakeGroups)] = {};
  for (const LakeObject& object : objects) {
    if (const LakeGroup* group = group_of(object)) has[group - kLakeGroups] = true;
  }
  for (size_t i = 0; i < std::size(kLakeGroups); ++i) {
    if (!has[i] || !error.empty()) continue;
    const std::string name(kLakeGroups[i].name);
    std::string sql = "SET VARIABLE ";
    sql += name;
    sql += " = (SELECT list(path ORDER BY path) FROM edgehose_objects WHERE lake_group = '";
    sql += name;
    sql += "')";
    error = run(sql);
  }
  if (error.empty()) error = run(events_view_sql({has[0], has[1]}));
  if (error.empty()) error = run(failed_events_view_sql({has[2], has[3]}));
  return error;
}

std::string LakeDatabase::Session::append_objects(const std::vector<LakeObject>& objects) {
  duckdb_appender appender = nullptr;
  duckdb_appender_create(connection_, nullptr, "edgehose_objects", &appender);
  const auto append_text = [&](std::string_view text) {
    duckdb_append_varchar_length(appender, text.data(), text.size());
  };
  for (const LakeObject& object : objects) {
    const LakeGroup* group = group_of(object);
    if (group == nullptr) continue;
    append_text(object.path);
    duckdb_append_int64(appender, static_cast<int64_t>(object.bytes));
    append_text(group->name);
    append_text(object.content_type);
    const HourPartition hour = object.hour.value_or(HourPartition{});
    for (const int32_t part : {hour.year, hour.month, hour.day, hour.hour}) {
      duckdb_append_int32(appender, part);
    }
    duckdb_append_bool(appender, false);
    duckdb_appender_end_row(appender);
  }
  const bool ok = duckdb_appender_close(appender) == DuckDBSuccess;
  std::string error;
  if (!ok) error = duckdb_appender_error(appender);
  duckdb_appender_destroy(&appender);
  return error;
}

// From here on this database reads files of one folder, and no setting can be changed back. That
// it cannot write them either is seen to by check_statement.
std::string LakeDatabase::Session::lock_down(const std::string& bucket_path) {
  std::string error = run("SET allowed_directories = [" + sql_text(bucket_path + "/") + "]");
  if (error.empty()) error = run("SET enable_external_access = false");
  if (error.empty()) error = run("SET lock_configuration = true");
  return error;
}

// DuckDB says itself what kind of statement it is: no text is searched for words.
std::string LakeDatabase::Session::check_statement(const std::string& sql) {
  duckdb_extracted_statements statements = nullptr;
  const idx_t count = duckdb_extract_statements(connection_, sql.c_str(), &statements);
  std::string error;
  if (count == 0) {
    const char* text = duckdb_extract_statements_error(statements);
    error = text == nullptr ? "there is no statement; try: SELECT count(*) FROM events" : text;
  } else if (count > 1) {
    error = "there are " + std::to_string(count) + " statements; give one at a time";
  } else {
    duckdb_prepared_statement prepared = nullptr;
    if (duckdb_prepare_extracted_statement(connection_, statements, 0, &prepared) !=
        DuckDBSuccess) {
      error = duckdb_prepare_error(prepared);
      error += hint_for(error);
    } else if (duckdb_prepared_statement_type(prepared) != DUCKDB_STATEMENT_TYPE_SELECT) {
      error = "only queries are taken here: SELECT, FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE";
    } else if (duckdb_nparams(prepared) > 0) {
      error = "the statement has parameters (? or $1); write the values into it";
    }
    duckdb_destroy_prepare(&prepared);
  }
  duckdb_destroy_extracted(&statements);
  return error;
}

// Plans the query without running it. True where a column has no text form in the C API; `columns`
// are then described by their own types.
bool LakeDatabase::Session::needs_casts(const std::string& sql,
                                        std::vector<ResultColumn>& columns) {
  QueryOutcome outcome;
  const std::string empty = "SELECT * FROM (\n" + sql + "\n) LIMIT 0";
  if (duckdb_query(connection_, empty.c_str(), &outcome.result) != DuckDBSuccess) {
    return false;  // a form that is no subquery (SHOW, say) has plain columns
  }
  bool needed = false;
  for (idx_t i = 0; i < duckdb_column_count(&outcome.result); ++i) {
    if (!has_text(duckdb_column_type(&outcome.result, i))) needed = true;
    columns.push_back(describe_column(outcome.result, i));
  }
  if (!needed) columns.clear();
  return needed;
}

// The whole result is in memory, within the bound, before the first row is read.
std::string LakeDatabase::Session::fill(const std::string& sql, QueryRows& rows) {
  std::string bare = sql;
  while (!bare.empty() && (bare.back() == ';' || bare.back() == ' ' || bare.back() == '\n')) {
    bare.pop_back();
  }
  const bool casts = needs_casts(bare, rows.columns);
  const std::string text =
      casts ? "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (\n" + bare + "\n)" : bare;
  QueryOutcome outcome;
  if (duckdb_query(connection_, text.c_str(), &outcome.result) != DuckDBSuccess) {
    const std::string error = outcome.error();
    return error + hint_for(error);
  }
  const idx_t columns = duckdb_column_count(&outcome.result);
  for (idx_t i = 0; !casts && i < columns; ++i) {
    rows.columns.push_back(describe_column(outcome.result, i));
  }
  const idx_t count = duckdb_row_count(&outcome.result);
  rows.rows.reserve(count);
  for (idx_t row = 0; row < count; ++row) {
    auto& cells = rows.rows.emplace_back();
    cells.reserve(columns);
    for (idx_t column = 0; column < columns; ++column) {
      cells.push_back(outcome.cell(column, row));
    }
  }
  return "";
}

// The planner's own filters, applied to the list of objects; its own count of files proves that
// nothing was misread.
std::optional<Pruning> LakeDatabase::Session::prune(const std::string& sql) {
  QueryOutcome explained;
  const std::string explain = "EXPLAIN (FORMAT JSON) " + sql;
  if (duckdb_query(connection_, explain.c_str(), &explained.result) != DuckDBSuccess ||
      duckdb_row_count(&explained.result) != 1) {
    return Pruning{};  // not a query over the views: DESCRIBE, SHOW
  }
  const auto scans = parse_plan(explained.cell(1, 0).value_or(""));
  if (!scans || reads_files(sql)) return std::nullopt;

  std::string views;  // the groups whose objects count as "all"
  for (const PlanScan& scan : *scans) {
    for (const LakeGroup& group : kLakeGroups) {
      if (scan.function != group.function) continue;
      views += (views.empty() ? "'" : ", '") + std::string(group.name) + "'";
      const std::optional<uint64_t> kept = mark_scan(scan, group);
      if (!kept || (scan.files && *scan.files != *kept)) return std::nullopt;
    }
  }
  if (views.empty()) views = "'edgehose_events_by_hour', 'edgehose_events_other'";
  QueryOutcome sums;
  const std::string sum =
      "SELECT count(*) FILTER (kept), coalesce(sum(bytes) FILTER (kept), 0), count(*), "
      "coalesce(sum(bytes), 0) FROM edgehose_objects WHERE lake_group IN (" +
      views + ")";
  if (duckdb_query(connection_, sum.c_str(), &sums.result) != DuckDBSuccess) return std::nullopt;
  const auto number = [&](idx_t column) {
    return static_cast<uint64_t>(duckdb_value_int64(&sums.result, column, 0));
  };
  return Pruning{number(0), number(1), number(2), number(3)};
}

// Asked of the statement as parsed: a plan does not tell these scans from those of the views.
bool LakeDatabase::Session::reads_files(const std::string& sql) {
  QueryOutcome outcome;
  const std::string serialize = "SELECT json_serialize_sql(" + sql_text(sql) + ")";
  if (duckdb_query(connection_, serialize.c_str(), &outcome.result) != DuckDBSuccess) return true;
  return reads_files_itself(outcome.cell(0, 0).value_or(""));
}

// Marks the objects a scan keeps; how many these are, or nothing when its filters are not SQL over
// the partition columns.
std::optional<uint64_t> LakeDatabase::Session::mark_scan(const PlanScan& scan,
                                                         const LakeGroup& group) {
  std::string where = " WHERE lake_group = " + sql_text(group.name);
  for (const std::string& filter : scan.filters) where += " AND (" + filter + ")";
  if (!run("UPDATE edgehose_objects SET kept = true" + where).empty()) return std::nullopt;
  QueryOutcome outcome;
  const std::string count = "SELECT count(*) FROM edgehose_objects" + where;
  if (duckdb_query(connection_, count.c_str(), &outcome.result) != DuckDBSuccess) {
    return std::nullopt;
  }
  return static_cast<uint64_t>(duckdb_value_int64(&outcome.result, 0, 0));
}

LakeDatabase::LakeDatabase(std::unique_ptr<Session> session) : session_(std::move(session)) {}
LakeDatabase::LakeDatabase(LakeDatabase&&) noexcept = default;
LakeDatabase& LakeDatabase::operator=(LakeDatabase&&) noexcept = default;
LakeDatabase::~LakeDatabase() = default;

std::variant<LakeDatabase, std::string> LakeDatabase::open(const LakeDatabaseOptions& options,
                                                           const std::vector<LakeObject>& objects) {
  auto session = std::make_unique<Session>();
  std::string error = session->open(options);
  if (error.empty()) error = session->load(objects);
  if (error.empty()) error = session->lock_down(options.bucket_path);
  if (!error.empty()) return error;
  return LakeDatabase(std::move(session));
}

std::variant<QueryRows, std::string> LakeDatabase::query(const std::string& sql) {
  std::string error = session_->check_statement(sql);
  if (!error.empty()) return error;
  QueryRows rows;
  error = session_->fill(sql, rows);
  if (!error.empty()) return error;
  rows.pruning = session_->prune(sql);
  return rows;
}

}  // namespace edgehose
