#include "simulator/lake/query_command.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

#include "shared/base/json_scan.h"
#include "simulator/lake/lake_database.h"
#include "simulator/lake/lake_objects.h"

namespace edgehose {
namespace {

// 12345 as 12,345.
std::string grouped(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

// Code points, as a stand-in for columns of a terminal.
size_t width(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
}

// Control characters would break the table, and a terminal.
std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

// Numbers to the right, all else to the left, under a ruler.
void print_table(QueryRows& rows, std::ostream& out) {
  std::vector<size_t> widths;
  widths.reserve(rows.columns.size());
  for (const ResultColumn& column : rows.columns) widths.push_back(width(column.name));
  for (auto& row : rows.rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      row[i] = printable(row[i].value_or("NULL"));
      widths[i] = std::max(widths[i], width(*row[i]));
    }
  }
  const auto print_cell = [&](std::string_view text, size_t column) {
    const std::string blanks(widths[column] - width(text), ' ');
    const bool right = rows.columns[column].form == ResultColumn::Form::literal;
    const bool last = column + 1 == rows.columns.size();
    if (right) out << blanks;
    out << text;
    if (!right && !last) out << blanks;
    out << (last ? "\n" : "  ");
  };
  for (size_t i = 0; i < rows.columns.size(); ++i) print_cell(rows.columns[i].name, i);
  for (size_t i = 0; i < rows.columns.size(); ++i) print_cell(std::string(widths[i], '-'), i);
  for (const auto& row : rows.rows) {
    for (size_t i = 0; i < row.size(); ++i) print_cell(*row[i], i);
  }
  out << "\n" << grouped(rows.rows.size()) << (rows.rows.size() == 1 ? " row" : " rows") << "\n";
}

// Numbers that JSON has no form for stay text.
bool is_json_literal(std::string_view text) {
  JsonScanner scanner(text);
  return !scanner.take_value().empty() && scanner.peek() == '\0';
}

void print_rows_json(const QueryRows& rows, std::ostream& out) {
  for (const auto& row : rows.rows) {
    std::string line = "{";
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += ',';
      json_append_string(line, rows.columns[i].name);
      line += ':';
      if (!row[i]) {
        line += "null";
      } else if (rows.columns[i].form != ResultColumn::Form::text && is_json_literal(*row[i])) {
        line += *row[i];
      } else {
        json_append_string(line, *row[i]);
      }
    }
    out << line << "}\n";
  }
}

// The last line of the output, in either form: programs cut it off, people read it.
void print_pruning(const std::optional<Pruning>& pruning, bool json, std::ostream& out) {
  if (json) {
    if (!pruning) {
      out << R"({"objects":null})" << "\n";
      return;
    }
    out << R"({"objects":)" << pruning->objects << R"(,"objects_all":)" << pruning->objects_all
        << R"(,"stored_bytes":)" << pruning->bytes << R"(,"stored_bytes_all":)"
        << pruning->bytes_all << "}\n";
    return;
  }
  if (!pruning) {
    out << "objects: not counted, the query reads files in a way of its own\n";
    return;
  }
  out << "objects: " << grouped(pruning->objects) << " of " << grouped(pruning->objects_all)
      << " (stored bytes " << grouped(pruning->bytes) << " of " << grouped(pruning->bytes_all)
      << ")\n";
}

int refuse(std::ostream& err, std::string_view text, int code) {
  err << "edgehose query: " << text << "\n";
  return code;
}

}  // namespace

int run_query(const QueryOptions& options, std::ostream& out, std::ostream& err) {
  if (options.bucket.empty() || options.bucket.find('/') != std::string::npos ||
      options.bucket.front() == '.') {
    return refuse(err, "--bucket must be the name of a bucket, not '" + options.bucket + "'", 2);
  }
  if (options.memory_mb < 64) return refuse(err, "--memory-mb must be at least 64", 2);
  std::error_code error;
  const std::string data = std::filesystem::absolute(options.data, error).lexically_normal();
  if (error || !std::filesystem::is_directory(data, error)) {
    return refuse(err,
                  "--data: there is no folder '" + options.data +
                      "'; give the one that `edgehose up --data` was given",
                  2);
  }
  const Result<std::vector<LakeObject>> objects = list_lake(data, options.bucket);
  if (!objects) return refuse(err, "cannot list the objects under " + data, 2);

  LakeDatabaseOptions database_options;
  database_options.bucket_path = data + "/s3/" + options.bucket;
  database_options.threads = options.threads;
  database_options.memory_mb = options.memory_mb;
  auto opened = LakeDatabase::open(database_options, objects.value());
  if (const auto* text = std::get_if<std::string>(&opened)) return refuse(err, *text, 1);
  auto answered = std::get_if<LakeDatabase>(&opened)->query(options.sql);
  if (const auto* text = std::get_if<std::string>(&answered)) return refuse(err, *text, 1);
  auto& rows = *std::get_if<QueryRows>(&answered);
  if (options.json) {
    print_rows_json(rows, out);
  } else {
    print_table(rows, out);
  }
  print_pruning(rows.pruning, options.json, out);
  return 0;
}

}  // namespace edgehose
