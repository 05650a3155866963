#include "simulator/lake/lake_database.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/unit/simulator/lake/small_lake.h"

namespace edgehose {
namespace {

std::string line(const std::string& id, const std::string& type, int hour) {
  return R"({"event_id":")" + id + R"(","content_type":")" + type +
         R"(","event_time":"2026-11-22T)" + (hour < 10 ? "0" : "") + std::to_string(hour) +
         R"(:00:00.500Z","properties":{"n":1},"is_bot":false})" + "\n";
}

// Two types, hours 8 to 10, a plain and a gzip object each; failed events in one hour.
void fill(SmallLake& lake) {
  for (const char* type : {"page_view", "click"}) {
    for (int hour = 8; hour <= 10; ++hour) {
      const std::string id = std::string(type) + std::to_string(hour);
      lake.put(SmallLake::key(type, hour, "a.json"), line(id, type, hour));
      lake.put(SmallLake::key(type, hour, "b.json.gz"),
               gzip_text(line(id + "x", type, hour) + line(id + "y", type, hour)));
    }
  }
  lake.put("failed_events/year=2026/month=11/day=22/hour=09/f.json",
           R"({"reason":"missing","pointer":"/event_id","raw":"e30=","raw_bytes":2})"
           "\n");
}

LakeDatabase open(const SmallLake& lake) {
  const auto objects = list_lake(lake.data(), "lake");
  REQUIRE(objects);
  LakeDatabaseOptions options;
  options.bucket_path = lake.data() + "/s3/lake";
  options.threads = 1;
  auto opened = LakeDatabase::open(options, objects.value());
  if (auto* text = std::get_if<std::string>(&opened)) FAIL(*text);
  return std::move(std::get<LakeDatabase>(opened));
}

QueryRows ask(LakeDatabase& database, const std::string& sql) {
  auto answered = database.query(sql);
  INFO(sql);
  if (auto* text = std::get_if<std::string>(&answered)) FAIL(*text);
  return std::get<QueryRows>(answered);
}

std::string first_cell(LakeDatabase& database, const std::string& sql) {
  return ask(database, sql).rows.at(0).at(0).value_or("NULL");
}

std::string refusal(LakeDatabase& database, const std::string& sql) {
  auto answered = database.query(sql);
  INFO(sql);
  REQUIRE(std::holds_alternative<std::string>(answered));
  return std::get<std::string>(answered);
}

}  // namespace

TEST_CASE("lake database: reads plain and gzip objects of both views") {
  SmallLake lake;
  fill(lake);
  LakeDatabase database = open(lake);
  CHECK(first_cell(database, "SELECT count(*) FROM events") == "18");
  CHECK(first_cell(database, "SELECT count(DISTINCT event_id) FROM events") == "18");
  CHECK(first_cell(database, "SELECT max(event_time) FROM events") == "2026-11-22 10:00:00.5");
  CHECK(first_cell(database, "SELECT typeof(event_time) FROM events LIMIT 1") == "TIMESTAMP");
  CHECK(first_cell(database, "SELECT sum((properties->>'n')::INT) FROM events") == "18");
  CHECK(first_cell(database, "SELECT reason FROM failed_events WHERE hour = 9") == "missing");
}

TEST_CASE("lake database: counts the objects and bytes that partition filters leave") {
  SmallLake lake;
  fill(lake);
  LakeDatabase database = open(lake);
  const auto objects = list_lake(lake.data(), "lake");
  REQUIRE(objects);

  struct Case {
    const char* where;
    std::function<bool(const LakeObject&)> kept;
  };
  const auto hour_in = [](const LakeObject& o, std::vector<int32_t> hours) {
    return std::find(hours.begin(), hours.end(), o.hour->hour) != hours.end();
  };
  const Case cases[] = {
      {"true", [](const LakeObject&) { return true; }},
      {"false", [](const LakeObject&) { return false; }},
      {"hour = 9", [&](const LakeObject& o) { return hour_in(o, {9}); }},
      {"hour = '09'", [&](const LakeObject& o) { return hour_in(o, {9}); }},
      {"hour = 77", [](const LakeObject&) { return false; }},
      {"hour >= 9 AND content_type = 'click'",
       [&](const LakeObject& o) { return hour_in(o, {9, 10}) && o.content_type == "click"; }},
      {"content_type LIKE 'page%'",
       [](const LakeObject& o) { return o.content_type == "page_view"; }},
      {"hour IN (8, 10) AND year = 2026 AND month = 11 AND day = 22",
       [&](const LakeObject& o) { return hour_in(o, {8, 10}); }},
      {"hour = 8 OR (hour = 9 AND content_type = 'click')",
       [&](const LakeObject& o) {
         return hour_in(o, {8}) || (hour_in(o, {9}) && o.content_type == "click");
       }},
      {"content_type = 'it''s (odd'", [](const LakeObject&) { return false; }},
      // A filter on what is inside the objects leaves them all to be read.
      {"event_time > '2026-11-22 09:30:00'", [](const LakeObject&) { return true; }},
  };
  for (const Case& c : cases) {
    INFO(c.where);
    Pruning expected;
    for (const LakeObject& object : objects.value()) {
      if (object.kind != LakeObject::Kind::events) continue;
      ++expected.objects_all;
      expected.bytes_all += object.bytes;
      if (!c.kept(object)) continue;
      ++expected.objects;
      expected.bytes += object.bytes;
    }
    LakeDatabase fresh = open(lake);
    const QueryRows rows = ask(fresh, std::string("SELECT count(*) FROM events WHERE ") + c.where);
    REQUIRE(rows.pruning);
    CHECK(rows.pruning->objects == expected.objects);
    CHECK(rows.pruning->bytes == expected.bytes);
    CHECK(rows.pruning->objects_all == expected.objects_all);
    CHECK(rows.pruning->bytes_all == expected.bytes_all);
  }
}

TEST_CASE("lake database: several scans count each object once") {
  SmallLake lake;
  fill(lake);
  LakeDatabase database = open(lake);
  const QueryRows rows = ask(database,
                             "SELECT a.event_id FROM events a JOIN events b USING (event_id) "
                             "WHERE a.hour = 8 AND b.content_type = 'click'");
  REQUIRE(rows.pruning);
  CHECK(rows.rows.size() == 3);
  CHECK(rows.pruning->objects == 4 + 6 - 2);  // hour 8, all clicks, and what is both
  LakeDatabase fresh = open(lake);
  const QueryRows both =
      ask(fresh,
          "SELECT event_id FROM events WHERE hour = 9 UNION ALL SELECT reason FROM failed_events");
  REQUIRE(both.pruning);
  CHECK(both.pruning->objects == 4 + 1);
  CHECK(both.pruning->objects_all == 12 + 1);
}

TEST_CASE("lake database: a query that reads files itself is not counted wrongly") {
  SmallLake lake;
  fill(lake);
  LakeDatabase database = open(lake);
  const std::string path = lake.path_of(SmallLake::key("click", 8, "a.json"));
  for (const std::string& from : {"read_json('" + path + "')", "'" + path + "'"}) {
    const QueryRows rows = ask(database, "SELECT count(*) FROM " + from);
    CHECK(rows.rows.at(0).at(0) == "1");
    CHECK_FALSE(rows.pruning);
  }
}

TEST_CASE("lake database: nothing delivered gives empty views with the same columns") {
  SmallLake empty;
  SmallLake full;
  fill(full);
  LakeDatabase nothing = open(empty);
  LakeDatabase something = open(full);
  for (const char* view : {"events", "failed_events"}) {
    const std::string describe =
        std::string("SELECT column_name, column_type FROM (DESCRIBE ") + view + ")";
    CHECK(ask(nothing, describe).rows == ask(something, describe).rows);
    CHECK(ask(nothing, std::string("FROM ") + view).rows.empty());
  }
}

TEST_CASE("lake database: objects outside the hourly layout are read too") {
  SmallLake lake;
  fill(lake);
  lake.put("content_type=signup/odd.json", line("odd", "signup", 7));
  lake.put("failed_events/2026/11/22/09/f.json", R"({"reason":"other"})"
                                                 "\n");
  LakeDatabase database = open(lake);
  CHECK(first_cell(database, "SELECT count(*) FROM events") == "19");
  CHECK(first_cell(database, "SELECT content_type FROM events WHERE event_id = 'odd'") == "signup");
  CHECK(first_cell(database, "SELECT count(*) FROM events WHERE hour = 9") == "6");
  CHECK(first_cell(database, "SELECT count(*) FROM failed_events") == "2");
}

TEST_CASE("lake database: takes queries and nothing else") {
  SmallLake lake;
  fill(lake);
  LakeDatabase database = open(lake);
  const std::string inside = lake.data() + "/s3/lake/planted";
  const std::string key_path = lake.path_of(SmallLake::key("click", 8, "a.json"));
  for (const std::string& sql :
       {std::string("CREATE TABLE t(i INT)"), "COPY (SELECT 1) TO '" + inside + "'",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '" + inside + "'", "ATTACH '" + inside + "' AS x",
        std::string("INSTALL httpfs"), std::string("SET threads = 2"),
        std::string("DROP VIEW events"), std::string("SELECT 1; SELECT 2"),
        std::string("INSERT INTO edgehose_objects(path) VALUES ('x')"),
        std::string("DELETE FROM edgehose_objects"), std::string("EXPORT DATABASE '/tmp/x'"),
        std::string("CALL pragma_version()"), std::string(""), std::string("-- nothing")}) {
    CHECK_FALSE(refusal(database, sql).empty());
  }
  CHECK_FALSE(std::filesystem::exists(inside));
  CHECK(first_cell(database, "SELECT count(*) FROM events") == "18");
  CHECK(ask(database, "SHOW TABLES").rows.size() == 3);
  CHECK(ask(database, "VALUES (1), (2)").rows.size() == 2);
}

TEST_CASE("lake database: reads no file outside the bucket") {
  SmallLake lake;
  fill(lake);
  write_file(lake.file("secret.csv"), "a\n1\n");
  LakeDatabase database = open(lake);
  for (const std::string& sql :
       {std::string("SELECT * FROM read_text('/etc/passwd')"),
        "SELECT * FROM read_csv('" + lake.file("secret.csv") + "')",
        "SELECT * FROM read_text('" + lake.data() + "/s3/lake/../../secret.csv')",
        "SELECT * FROM glob('" + lake.data() + "/*')",
        std::string("FROM 'https://example.com/x.csv'")}) {
    const std::string text = refusal(database, sql);
    INFO(text);
    CHECK(text.find("1\n") == std::string::npos);
  }
}

TEST_CASE("lake database: says what is wrong with a query") {
  SmallLake lake;
  fill(lake);
  LakeDatabase database = open(lake);
  CHECK(refusal(database, "SELEC 1").find("syntax error") != std::string::npos);
  CHECK(refusal(database, "SELECT * FROM event").find("The views are events") != std::string::npos);
  CHECK(refusal(database, "SELECT nope FROM events").find("nope") != std::string::npos);
  CHECK(refusal(database, "SELECT * FROM events WHERE event_id = ?").find("parameters") !=
        std::string::npos);
  CHECK(refusal(database, "SELECT error('boom')").find("boom") != std::string::npos);
}

TEST_CASE("lake database: memory is bounded and the bound is named") {
  SmallLake lake;
  fill(lake);
  const auto objects = list_lake(lake.data(), "lake");
  REQUIRE(objects);
  LakeDatabaseOptions options;
  options.bucket_path = lake.data() + "/s3/lake";
  options.threads = 1;
  options.memory_mb = 64;
  auto opened = LakeDatabase::open(options, objects.value());
  REQUIRE(std::holds_alternative<LakeDatabase>(opened));
  const std::string text =
      refusal(std::get<LakeDatabase>(opened),
              "SELECT count(DISTINCT repeat(i::VARCHAR, 10)) FROM range(20000000) t(i)");
  CHECK(text.find("--memory-mb") != std::string::npos);
}

TEST_CASE("lake database: cells of every type have a text") {
  SmallLake lake;
  LakeDatabase database = open(lake);
  const QueryRows rows =
      ask(database,
          "SELECT [1, 2] AS l, {'a': 1} AS s, 1.5::DOUBLE AS d, true AS b, "
          "NULL AS n, '{\"x\":1}'::JSON AS j, DATE '2026-11-22' AS t, 'text' AS v");
  const auto& row = rows.rows.at(0);
  CHECK(row[0] == "[1, 2]");
  CHECK(row[1] == "{'a': 1}");
  CHECK(row[2] == "1.5");
  CHECK(row[3] == "true");
  CHECK_FALSE(row[4]);
  CHECK(row[5] == "{\"x\":1}");
  CHECK(row[6] == "2026-11-22");
  CHECK(rows.columns[2].form == ResultColumn::Form::literal);
  CHECK(rows.columns[5].form == ResultColumn::Form::json);
  CHECK(rows.columns[7].form == ResultColumn::Form::text);
}

}  // namespace edgehose
