#include "edge/wasm/heap.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

using namespace edgehose;

namespace {

constexpr size_t kRoom = size_t{32} << 20;
constexpr size_t kPage = 65'536;

// Memory that grows by whole pages, as a module's does.
struct Pages {
  std::unique_ptr<char[]> memory{new char[kRoom + Heap::kAlign]};
  size_t given = 0;
  size_t room = kRoom;

  char* more(size_t& bytes) {
    bytes = (bytes + kPage - 1) / kPage * kPage;
    if (given + bytes > room) return nullptr;
    const auto start = reinterpret_cast<uintptr_t>(memory.get());
    char* const first = memory.get() + (Heap::kAlign - start % Heap::kAlign) % Heap::kAlign;
    char* const place = first + given;
    given += bytes;
    return place;
  }
};

Pages* pages = nullptr;
char* more_memory(size_t& bytes) { return pages->more(bytes); }

struct World {
  Pages memory;
  Heap heap{more_memory};
  World() { pages = &memory; }
};

// An allocation with bytes of its own in it.
struct Held {
  char* at;
  size_t bytes;
  char mark;

  void fill() const { std::memset(at, mark, bytes); }
  bool is_whole(size_t count) const {
    return std::all_of(at, at + count, [this](char c) { return c == mark; });
  }
};

bool is_aligned(const void* memory) {
  return reinterpret_cast<uintptr_t>(memory) % Heap::kAlign == 0;
}

}  // namespace

TEST_CASE("heap: what is freed joins to one piece again") {
  World world;
  std::vector<void*> all;
  for (size_t bytes = 0; bytes < 3'000; bytes += 7) all.push_back(world.heap.allocate(bytes));
  const size_t end = world.heap.bytes();
  // In no order of their places.
  for (size_t i = 0; i < all.size(); i += 2) world.heap.free(all[i]);
  for (size_t i = 1; i < all.size(); i += 2) world.heap.free(all[i]);
  void* const whole = world.heap.allocate(world.heap.free_bytes() - Heap::kAlign);
  CHECK(whole != nullptr);
  CHECK(world.heap.bytes() == end);
}

TEST_CASE("heap: nothing to free is nothing, and a size beyond all memory is refused") {
  World world;
  world.heap.free(nullptr);
  CHECK(world.heap.allocate(SIZE_MAX) == nullptr);
  CHECK(world.heap.allocate(Heap::kBytesMax + 1) == nullptr);
  void* const one = world.heap.allocate(1);
  CHECK(world.heap.resize(one, SIZE_MAX) == nullptr);
  CHECK(world.heap.resize(one, kRoom) == nullptr);
  world.heap.free(one);
}

TEST_CASE("heap: memory that is out is no end: what is freed can be had again") {
  World world;
  world.memory.room = 10 * kPage;
  std::vector<void*> all;
  while (void* const memory = world.heap.allocate(1'000)) all.push_back(memory);
  CHECK(all.size() > 600);
  CHECK(world.heap.allocate(1'000) == nullptr);
  for (void* const memory : all) world.heap.free(memory);
  CHECK(world.heap.allocate(9 * kPage) != nullptr);
}

TEST_CASE("heap: what stands last stretches where it lies") {
  World world;
  char* const first = static_cast<char*>(world.heap.allocate(100));
  void* const second = world.heap.resize(first, 5'000'000);
  CHECK(second == first);
  CHECK(world.memory.given < 5'200'000);
  void* const third = world.heap.resize(second, 100);
  CHECK(third == first);
  CHECK(world.heap.free_bytes() > 4'990'000);
}

TEST_CASE("heap: any order of calls keeps every byte, and memory stays near what is held") {
  const auto seed = GENERATE(1u, 2u, 3u, 4u);
  World world;
  std::mt19937 random(seed);
  std::vector<Held> all;
  size_t held = 0;
  size_t most = 0;
  const auto size = [&]() -> size_t {
    switch (random() % 8) {
      case 0:
        return random() % 200'000;
      case 1:
      case 2:
        return random() % 5'000;
      default:
        return random() % 200;
    }
  };
  for (int step = 0; step < 40'000; ++step) {
    const bool is_full = held > 4'000'000;
    const unsigned what = is_full ? 2 : random() % 4;
    if (what < 2 || all.empty()) {
      const size_t bytes = size();
      Held one{static_cast<char*>(world.heap.allocate(bytes)), bytes, static_cast<char>(step)};
      REQUIRE(one.at != nullptr);
      REQUIRE(is_aligned(one.at));
      one.fill();
      all.push_back(one);
      held += bytes;
    } else {
      std::swap(all[random() % all.size()], all.back());
      Held& one = all.back();
      REQUIRE(one.is_whole(one.bytes));
      held -= one.bytes;
      if (what == 2) {
        world.heap.free(one.at);
        all.pop_back();
      } else {
        const size_t bytes = size();
        one.at = static_cast<char*>(world.heap.resize(one.at, bytes));
        REQUIRE(one.at != nullptr);
        REQUIRE(is_aligned(one.at));
        REQUIRE(one.is_whole(std::min(bytes, one.bytes)));
        one.bytes = bytes;
        one.fill();
        held += bytes;
      }
    }
    most = std::max(most, held);
  }
  // glibc's malloc takes 1.8 to 2 times as much as is held, with the same calls.
  CHECK(world.heap.bytes() < 2 * most);
  for (const Held& one : all) {
    REQUIRE(one.is_whole(one.bytes));
    world.heap.free(one.at);
  }
  // One free block is left, with nothing lost.
  CHECK(world.heap.free_bytes() + 2 * Heap::kAlign == world.heap.bytes());
}
