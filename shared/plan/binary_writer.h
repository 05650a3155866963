// Lays out the flat binary of a plan: cells first, then the nodes, then the pool of text.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "shared/plan/pattern_compile.h"
#include "shared/plan/plan_binary.h"

namespace edgehose {

class BinaryWriter {
 public:
  BinaryWriter();

  // Adds cells, zero; gives the first.
  uint32_t add_cells(uint32_t count);
  void set(uint32_t cell, uint32_t value) { cells_[cell] = value; }
  void set_wide(uint32_t cell, uint64_t value);
  // Sets a cell and the next to a span of text.
  void set_text(uint32_t cell, std::string_view text);
  // Sets a cell to where bytes of the pool start.
  void set_bytes(uint32_t cell, std::string_view bytes);
  // Sets a cell to a reference to a node, by its number.
  void set_node(uint32_t cell, uint32_t number);

  // Nodes are numbered from 0 as they are added.
  uint32_t add_node();
  uint32_t node_count() const {
    return static_cast<uint32_t>(nodes_.size() / plan_binary::kNodeCells);
  }
  void set_node_cell(uint32_t number, uint32_t cell, uint32_t value) {
    nodes_[number * plan_binary::kNodeCells + cell] = value;
  }
  uint32_t node_cell(uint32_t number, uint32_t cell) const {
    return nodes_[number * plan_binary::kNodeCells + cell];
  }

  // A key table; the entries' cells other than the key's are zero. Gives the table; entries() is
  // where its entries start.
  uint32_t add_table(const std::vector<std::string>& keys);
  uint32_t entries(uint32_t table) const { return cells_[table + plan_binary::kTableEntries]; }
  uint32_t add_pattern(const PatternProgram& program, std::string_view source);

  // The binary. Nothing may be added afterwards.
  [[nodiscard]] std::string finish();

 private:
  uint32_t add_line(const PatternProgram& program);
  uint32_t add_dfa(const PatternProgram& program);
  uint32_t add_nfa(const PatternProgram& program);

  std::vector<uint32_t> cells_;
  std::vector<uint32_t> nodes_;
  std::string pool_;
  std::map<std::string, uint32_t, std::less<>> texts_;
  std::vector<uint32_t> text_cells_;  // to be moved behind the cells
  std::vector<uint32_t> node_references_;
  std::vector<uint32_t> patterns_;
};

}  // namespace edgehose
