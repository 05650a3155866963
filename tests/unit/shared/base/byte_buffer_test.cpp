#include "shared/base/byte_buffer.h"

#include <catch2/catch.hpp>
#include <string>

using namespace edgehose;

TEST_CASE("byte_buffer: holds what was appended, however it grew") {
  ByteBuffer buffer;
  std::string expected;
  for (int i = 0; i < 1'000; ++i) {
    const std::string piece(static_cast<size_t>(i % 37), static_cast<char>('a' + i % 26));
    buffer.append(piece);
    expected += piece;
  }
  REQUIRE(buffer.view() == expected);
}

TEST_CASE("byte_buffer: what was written past a commit is not there") {
  ByteBuffer buffer;
  buffer.append("ab");
  char* cursor = buffer.reserve(10);
  *cursor++ = 'c';
  *cursor = 'd';
  buffer.commit(cursor);
  REQUIRE(buffer.view() == "abc");
  buffer.truncate(1);
  REQUIRE(buffer.view() == "a");
}

TEST_CASE("byte_buffer: keeps its memory when cleared") {
  ByteBuffer buffer;
  buffer.append(std::string(1'000, 'x'));
  const size_t capacity = buffer.capacity();
  const char* memory = buffer.data();
  buffer.clear();
  REQUIRE(buffer.empty());
  buffer.append(std::string(1'000, 'y'));
  REQUIRE(buffer.capacity() == capacity);
  REQUIRE(buffer.data() == memory);
}
