#include "simulator/lake/query_command.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "tests/unit/simulator/lake/small_lake.h"

namespace edgehose {
namespace {

struct Run {
  int code;
  std::string out;
  std::string err;
};

Run run(const QueryOptions& options) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = run_query(options, out, err);
  return {code, out.str(), err.str()};
}

}  // namespace

TEST_CASE("run_query: prints a table and what pruning left") {
  SmallLake lake;
  lake.put(SmallLake::key("click", 8, "a.json"), R"({"event_id":"one"})");
  lake.put(SmallLake::key("click", 9, "a.json"), R"({"event_id":"two","page_title":"a\tb"})");
  const Run table = run({.sql = "SELECT event_id, hour, page_title FROM events WHERE hour = 9",
                         .data = lake.data(),
                         .threads = 1});
  CHECK(table.code == 0);
  CHECK(table.out ==
        "event_id  hour  page_title\n"
        "--------  ----  ----------\n"
        "two          9  a b\n"
        "\n1 row\nobjects: 1 of 2 (stored bytes 38 of 56)\n");
  const Run json =
      run({.sql = "SELECT event_id, hour, page_title, 'NaN'::DOUBLE AS nan FROM events "
                  "WHERE hour = 9;",
           .data = lake.data(),
           .json = true});
  CHECK(json.out == R"({"event_id":"two","hour":9,"page_title":"a\tb","nan":"nan"})"
                    "\n"
                    R"({"objects":1,"objects_all":2,"stored_bytes":38,"stored_bytes_all":56})"
                    "\n");
}

TEST_CASE("run_query: says what is wrong on the error stream") {
  const SmallLake lake;
  CHECK(run({.sql = "SELECT 1", .data = "/no/such/folder"}).code == 2);
  CHECK(run({.sql = "SELECT 1", .data = lake.data(), .bucket = "../.."}).code == 2);
  const Run bad = run({.sql = "SELEC", .data = lake.data()});
  CHECK(bad.code == 1);
  CHECK(bad.out.empty());
  CHECK(bad.err.find("syntax error") != std::string::npos);
}

}  // namespace edgehose
