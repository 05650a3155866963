#include "simulator/services/firehose/outputs.h"

#include <catch2/catch.hpp>

using namespace edgehose;

namespace {

Outputs some() {
  Outputs outputs;
  outputs.objects.push_back({OutputObject::Kind::records, "lake", "a/b=1\n2 3/c", 3, "x\ny\n\0z"});
  outputs.objects.push_back({OutputObject::Kind::errors, "lake", "errors/c", 1, ""});
  outputs.objects.push_back(
      {OutputObject::Kind::backup, "backup", "k", 4, std::string(100'000, 'q')});
  FrameBuilder dropped(0);
  dropped.add("one");
  dropped.add("two");
  outputs.dropped = dropped.finish(5);
  return outputs;
}

}  // namespace

TEST_CASE("outputs: what was kept is read again, to the byte") {
  const Outputs outputs = some();
  const auto read = decode_outputs(encode_outputs(outputs));
  REQUIRE(read);
  REQUIRE(read->dropped_records == 2);
  REQUIRE(read->objects.size() == 3);
  for (size_t i = 0; i < 3; ++i) {
    REQUIRE(read->objects[i].kind == outputs.objects[i].kind);
    REQUIRE(read->objects[i].bucket == outputs.objects[i].bucket);
    REQUIRE(read->objects[i].key == outputs.objects[i].key);
    REQUIRE(read->objects[i].records == outputs.objects[i].records);
    REQUIRE(read->objects[i].bytes == outputs.objects[i].bytes);
  }
  const auto none = decode_outputs(encode_outputs({}));
  REQUIRE(none);
  REQUIRE(none->objects.empty());
  REQUIRE(none->dropped_records == 0);
}

TEST_CASE("outputs: a file that is not whole says so, wherever it ends or is changed") {
  Outputs outputs = some();
  outputs.objects.pop_back();
  const std::string file = encode_outputs(outputs);
  for (size_t bytes = 0; bytes < file.size(); ++bytes) {
    REQUIRE_FALSE(decode_outputs(file.substr(0, bytes)));
    std::string changed = file;
    changed[bytes] = static_cast<char>(changed[bytes] ^ 1);
    REQUIRE_FALSE(decode_outputs(changed));
  }
  REQUIRE_FALSE(decode_outputs(file + "x"));
}
