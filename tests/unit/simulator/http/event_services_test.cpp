#include "simulator/http/event_services.h"

#include <catch2/catch.hpp>

#include "simulator/lake/object_store.h"
#include "tests/unit/simulator/test_folder.h"

using namespace edgehose;

namespace {

struct Upper final : BuiltinFunction {
  explicit Upper(std::string text) : argument(std::move(text)) {}
  InvokeResult invoke(std::string_view event) override {
    return {
        .kind = InvokeResult::Kind::ok, .payload = argument + std::string(event), .duration_ms = 1};
  }
  std::string argument;
};

struct World {
  World() : disk(Fsync::off), store(disk, folder.path()), s3(store, "r"), gate(1, clock, clock) {
    REQUIRE(disk.make_folders(folder.path() + "/events") == Error::none);
    REQUIRE(store.open() == Error::none);
    REQUIRE(store.create_bucket("lake", 0) == Error::none);
  }
  const RealClock clock;
  TestFolder folder;
  PosixDisk disk;
  ObjectStore store;
  S3 s3;
  S3Meters meters;
  FaultGate gate;
  MakeBuiltin make = [](const std::string& kind, const std::string& argument, ObjectAccess&) {
    return kind == "upper" ? std::make_unique<Upper>(argument) : nullptr;
  };
};

}  // namespace

TEST_CASE("event services: functions are those of their kind, or files") {
  World world;
  FunctionObjects objects(world.s3, world.meters, world.gate);
  const auto table = [&](const std::string& text) {
    return FunctionTable({text}, world.folder.path(), "r", "0", world.clock, world.make, objects);
  };
  FunctionTable own = table("f=upper:A");
  CHECK(own.has("arn:aws:lambda:r:0:function:f"));
  CHECK(own.invoke("f", "b").payload == "Ab");
  CHECK(own.functions()[0].name == "f");
  CHECK_THROWS_AS(table("f=lower:A"), std::runtime_error);
  CHECK_THROWS_AS(table("f"), std::runtime_error);
}

TEST_CASE("event services: what a function reads and writes is counted, and meets faults") {
  World world;
  FunctionObjects objects(world.s3, world.meters, world.gate);
  CHECK(objects.put("lake", "k", "v") == Error::none);
  CHECK(objects.get("lake", "k").value() == "v");
  CHECK(objects.get("lake", "none").error() == Error::not_found);
  CHECK((world.meters.puts == 1 && world.meters.gets == 2));
  world.gate.with_plan([](FaultPlan& plan, int64_t now_ms) {
    (void)plan.add(now_ms, {.service = FaultService::s3, .error = FaultError{"SlowDown", "", 503}});
  });
  CHECK(objects.put("lake", "k", "w") == Error::io);
  CHECK(objects.get("lake", "k").error() == Error::io);
}

TEST_CASE("event services: a log of damaged records is told, not passed over") {
  World world;
  std::string log;
  append_log_record(log, 3, "nonsense");
  const std::array<std::string_view, 1> parts = {log};
  REQUIRE(world.disk.write_new(world.folder.path() + "/events/log", parts) == Error::none);
  const EventServicesOptions options{.data = world.folder.path(), .seed = 1};
  const EventServicesWorld stands_on{world.disk,  world.s3,    world.meters, world.gate,
                                     world.clock, world.clock, world.make};
  CHECK_THROWS_AS(EventServices(options, stands_on), std::runtime_error);
}
