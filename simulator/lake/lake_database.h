// DuckDB over the objects of one lake: queries only. It reads the bucket's folder and nothing else,
// writes nothing, loads nothing, and keeps its memory below a bound.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "simulator/lake/lake_objects.h"

namespace edgehose {

struct LakeDatabaseOptions {
  std::string bucket_path;  // the folder that may be read
  uint32_t threads = 0;     // 0: DuckDB's own choice
  uint32_t memory_mb = 1024;
};

struct ResultColumn {
  enum class Form : uint8_t { text, literal, json };  // literal: a number or truth value of JSON
  std::string name;
  Form form = Form::text;
};

// Objects and stored bytes a query is left with after partition pruning, and those of its views.
struct Pruning {
  uint64_t objects = 0;
  uint64_t bytes = 0;
  uint64_t objects_all = 0;
  uint64_t bytes_all = 0;
};

struct QueryRows {
  std::vector<ResultColumn> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
  std::optional<Pruning> pruning;  // nothing where the plan reads files in a way of its own
};

class LakeDatabase {
 public:
  // The objects as they are now; what is delivered later is not seen. On a failure the text says
  // why.
  [[nodiscard]] static std::variant<LakeDatabase, std::string> open(
      const LakeDatabaseOptions& options, const std::vector<LakeObject>& objects);

  LakeDatabase(LakeDatabase&&) noexcept;
  LakeDatabase& operator=(LakeDatabase&&) noexcept;
  ~LakeDatabase();

  // One SELECT (or DESCRIBE, SHOW, SUMMARIZE, VALUES); any other statement is refused. On a failure
  // the text says what is wrong, where, and what would do.
  [[nodiscard]] std::variant<QueryRows, std::string> query(const std::string& sql);

 private:
  class Session;
  explicit LakeDatabase(std::unique_ptr<Session> session);

  std::unique_ptr<Session> session_;
};

}  // namespace edgehose
