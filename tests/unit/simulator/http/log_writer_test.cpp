#include "simulator/http/log_writer.h"

#include <catch2/catch.hpp>
#include <future>

#include "simulator/engine/memory_disk.h"
#include "simulator/engine/record_log.h"

using namespace edgehose;

namespace {

Error append_and_wait(LogWriter& log, const std::string& payload) {
  std::string record;
  append_log_record(record, 1, payload);
  std::promise<Error> done;
  log.append(std::move(record), [&](Error error) { done.set_value(error); });
  return done.get_future().get();
}

std::vector<std::string> payloads(const MemoryDisk& disk) {
  std::vector<std::string> found;
  for (LogRecord& record : read_log(disk.read("d/log").value()).records) {
    found.push_back(std::move(record.payload));
  }
  return found;
}

}  // namespace

TEST_CASE("log writer: a record is durable when its writer is told so") {
  MemoryDisk disk;
  REQUIRE(disk.make_folders("d") == Error::none);
  LogWriter log(disk, "d/log", 0);
  REQUIRE(append_and_wait(log, "a") == Error::none);
  REQUIRE(append_and_wait(log, "b") == Error::none);
  disk.crash();
  CHECK(payloads(disk) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("log writer: the whole can be put in its place, and what comes after stands behind") {
  MemoryDisk disk;
  REQUIRE(disk.make_folders("d") == Error::none);
  LogWriter log(disk, "d/log", 0);
  REQUIRE(append_and_wait(log, "a") == Error::none);
  std::string whole;
  append_log_record(whole, 1, "short");
  const size_t bytes = whole.size();
  log.replace(std::move(whole));
  CHECK(log.bytes() == bytes);
  REQUIRE(append_and_wait(log, "b") == Error::none);
  log.stop();
  disk.crash();
  CHECK(payloads(disk) == std::vector<std::string>{"short", "b"});
}

TEST_CASE("log writer: what a failed write left is cut before the next") {
  MemoryDisk disk;
  REQUIRE(disk.make_folders("d") == Error::none);
  LogWriter log(disk, "d/log", 0);
  REQUIRE(append_and_wait(log, "a") == Error::none);
  for (uint64_t nth = 1; nth <= 2; ++nth) {
    disk.fail_at(disk.operations() + nth, Error::io);
    CHECK(append_and_wait(log, "lost") != Error::none);
    REQUIRE(append_and_wait(log, "b") == Error::none);
  }
  disk.crash();
  CHECK(payloads(disk) == std::vector<std::string>{"a", "b", "b"});
}
