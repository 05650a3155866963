#include "simulator/lake/lake_objects.h"

#include <catch2/catch.hpp>

#include "tests/unit/simulator/lake/small_lake.h"

namespace edgehose {

TEST_CASE("describe_key: tells kind, type and hour from a key") {
  struct Case {
    const char* key;
    LakeObject::Kind kind;
    const char* content_type;
    bool has_hour;
  };
  const Case cases[] = {
      {"content_type=page_view/year=2026/month=11/day=22/hour=09/x.gz", LakeObject::Kind::events,
       "page_view", true},
      {"content_type=click/x", LakeObject::Kind::events, "click", false},
      {"content_type=click/year=2026/month=11/x", LakeObject::Kind::events, "click", false},
      {"content_type=click/year=2026/month=11/day=22/hour=09/deeper/x", LakeObject::Kind::events,
       "click", false},
      {"content_type=click/year=2026/month=x/day=22/hour=09/x", LakeObject::Kind::events, "click",
       false},
      {"failed_events/year=2026/month=11/day=22/hour=09/x", LakeObject::Kind::failed_events, "",
       true},
      {"failed_events/2026/11/22/09/x", LakeObject::Kind::failed_events, "", false},
      {"content_type=click", LakeObject::Kind::other, "", false},
      {"other/x", LakeObject::Kind::other, "", false},
  };
  for (const Case& c : cases) {
    INFO(c.key);
    const LakeObject object = describe_key(c.key);
    CHECK(object.key == c.key);
    CHECK(object.kind == c.kind);
    CHECK(object.content_type == c.content_type);
    REQUIRE(object.hour.has_value() == c.has_hour);
    if (c.has_hour) CHECK(*object.hour == HourPartition{2026, 11, 22, 9});
  }
}

TEST_CASE("list_lake: gives the objects of the bucket with their sizes, by key") {
  SmallLake lake;
  lake.put(SmallLake::key("click", 9, "b"), "12345");
  lake.put(SmallLake::key("click", 8, "a"), "1");
  lake.put("failed_events/x", "");
  const auto objects = list_lake(lake.data(), "lake");
  REQUIRE(objects);
  REQUIRE(objects.value().size() == 3);
  CHECK(objects.value()[0].hour->hour == 8);
  CHECK(objects.value()[1].bytes == 5);
  CHECK(read_file(objects.value()[1].path) == "12345");
  CHECK(objects.value()[2].kind == LakeObject::Kind::failed_events);
  const auto nothing = list_lake(lake.data(), "no-such-bucket");
  REQUIRE(nothing);
  CHECK(nothing.value().empty());
}

}  // namespace edgehose
