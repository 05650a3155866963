#include "shared/plan/binary_writer.h"

#include <catch2/catch.hpp>

using namespace edgehose;
using namespace edgehose::plan_binary;

TEST_CASE("binary writer: moves nodes and text behind the cells") {
  BinaryWriter writer;
  const uint32_t cells = writer.add_cells(4);
  const uint32_t first = writer.add_node();
  const uint32_t second = writer.add_node();
  writer.set_node_cell(second, kNodeFlags, 77);
  CHECK(writer.node_cell(second, kNodeFlags) == 77);
  writer.set_text(cells, "text");
  writer.set_node(cells + 2, second);
  writer.set_node(cells + 3, first);
  const std::string bytes = writer.finish();
  const View view(bytes);
  CHECK(view[kHeaderMagic] == kMagic);
  CHECK(view[kHeaderBytes] == bytes.size());
  CHECK(view[kHeaderNodeCount] == 2);
  CHECK(view.text_at(cells) == "text");
  CHECK(view[view[cells + 2] + kNodeFlags] == 77);
  CHECK(view[cells + 3] == view.any());
}
