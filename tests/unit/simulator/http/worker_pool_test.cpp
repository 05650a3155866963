#include "simulator/http/worker_pool.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>

using namespace edgehose;

TEST_CASE("worker pool: does everything it is given, on several threads") {
  WorkerPool pool(2);
  std::promise<void> first_waits;
  std::promise<void> second_runs;
  pool.post([&] {
    second_runs.get_future().wait();
    first_waits.set_value();
  });
  pool.post([&] { second_runs.set_value(); });
  REQUIRE(first_waits.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
}

TEST_CASE("worker pool: finishes what was begun and takes nothing after its stop") {
  std::atomic<int> done{0};
  WorkerPool pool(1);
  std::promise<void> begun;
  pool.post([&] {
    begun.set_value();
    ++done;
  });
  begun.get_future().wait();
  pool.stop();
  REQUIRE(done == 1);
  pool.post([&] { ++done; });
  pool.stop();
  REQUIRE(done == 1);
}
