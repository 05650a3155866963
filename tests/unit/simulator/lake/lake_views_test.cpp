#include "simulator/lake/lake_views.h"

#include <catch2/catch.hpp>

namespace edgehose {

TEST_CASE("sql_text: doubles quotes") {
  CHECK(sql_text("") == "''");
  CHECK(sql_text("it's") == "'it''s'");
  CHECK(sql_text("a'; DROP TABLE x; --") == "'a''; DROP TABLE x; --'");
}

// That the SQL runs and gives the right columns is shown in lake_database_test.cpp.
TEST_CASE("views: read only groups that have objects") {
  const std::string nothing = events_view_sql({});
  CHECK(nothing.find("READ_") == std::string::npos);
  CHECK(nothing.find("WHERE false") != std::string::npos);
  const std::string both = failed_events_view_sql({.by_hour = true, .other = true});
  CHECK(both.find("READ_NDJSON(") != std::string::npos);
  CHECK(both.find("READ_NDJSON_AUTO(") != std::string::npos);
  const std::string one = events_view_sql({.by_hour = true});
  CHECK(one.find("READ_JSON(") != std::string::npos);
  CHECK(one.find("UNION") == std::string::npos);
}

}  // namespace edgehose
