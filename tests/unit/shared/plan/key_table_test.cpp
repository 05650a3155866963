#include "shared/plan/key_table.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "shared/plan/binary_writer.h"

using namespace edgehose;

namespace {

struct Table {
  explicit Table(const std::vector<std::string>& keys) : table(writer.add_table(keys)) {
    bytes = writer.finish();
  }
  uint32_t find(const std::string& key) const {
    return find_key(plan_binary::View(bytes), table, key, key.data() + key.size());
  }
  BinaryWriter writer;
  uint32_t table;
  std::string bytes;
};

}  // namespace

TEST_CASE("key table: finds each key and no other") {
  std::mt19937 random(3);
  std::set<std::string> names = {"",        "a",        std::string("a\0", 2),
                                 "abcdefg", "abcdefgh", "abcdefghi"};
  // Keys that differ in one place only, at every length around the words they are compared by.
  for (size_t length = 1; length < 40; ++length) {
    for (size_t at = 0; at < length; at += 1 + length / 5) {
      std::string name(length, 'x');
      name[at] = 'y';
      names.insert(name);
    }
  }
  const std::vector<std::string> keys(names.begin(), names.end());
  const Table table(keys);
  for (size_t i = 0; i < keys.size(); ++i) CHECK(table.find(keys[i]) == i);
  for (int i = 0; i < 5'000; ++i) {
    std::string other = keys[random() % keys.size()];
    if (!other.empty()) other[random() % other.size()] = static_cast<char>('w' + random() % 4);
    if (names.count(other) == 0) REQUIRE(table.find(other) == plan_binary::kNone);
  }
}

TEST_CASE("key table: an empty one has nothing, and a small one one step") {
  CHECK(Table({}).find("a") == plan_binary::kNone);
  const KeySlots slots = make_key_slots({"event_id", "price", "title"});
  CHECK(slots.slots.size() == 8);
}
