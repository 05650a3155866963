#include "shared/plan/binary_writer.h"

#include <algorithm>

#include "shared/base/little_endian.h"
#include "shared/plan/key_table.h"

namespace edgehose {

using namespace plan_binary;

BinaryWriter::BinaryWriter() : cells_(kHeaderCount, 0) {}

uint32_t BinaryWriter::add_cells(uint32_t count) {
  const auto first = static_cast<uint32_t>(cells_.size());
  cells_.resize(cells_.size() + count, 0);
  return first;
}

void BinaryWriter::set_wide(uint32_t cell, uint64_t value) {
  cells_[cell] = static_cast<uint32_t>(value);
  cells_[cell + 1] = static_cast<uint32_t>(value >> 32);
}

void BinaryWriter::set_text(uint32_t cell, std::string_view text) {
  set_bytes(cell, text);
  cells_[cell + 1] = static_cast<uint32_t>(text.size());
}

void BinaryWriter::set_bytes(uint32_t cell, std::string_view bytes) {
  auto found = texts_.find(bytes);
  if (found == texts_.end()) {
    found = texts_.emplace(std::string(bytes), static_cast<uint32_t>(pool_.size())).first;
    pool_ += bytes;
  }
  cells_[cell] = found->second;
  text_cells_.push_back(cell);
}

void BinaryWriter::set_node(uint32_t cell, uint32_t number) {
  cells_[cell] = number;
  node_references_.push_back(cell);
}

uint32_t BinaryWriter::add_node() {
  nodes_.resize(nodes_.size() + kNodeCells, 0);
  return node_count() - 1;
}

uint32_t BinaryWriter::add_table(const std::vector<std::string>& keys) {
  const KeySlots slots = make_key_slots(keys);
  const uint32_t table = add_cells(kTableCells);
  set(table + kTableCount, static_cast<uint32_t>(keys.size()));
  set(table + kTableShift, slots.shift);
  set_wide(table + kTableSeedLow, slots.seed);
  const uint32_t first_slot = add_cells(static_cast<uint32_t>(slots.slots.size()));
  set(table + kTableSlots, first_slot);
  for (size_t i = 0; i < slots.slots.size(); ++i) {
    set(first_slot + static_cast<uint32_t>(i), slots.slots[i]);
  }
  const uint32_t first_entry = add_cells(static_cast<uint32_t>(keys.size()) * kEntryCells);
  set(table + kTableEntries, first_entry);
  uint32_t at = first_entry;
  for (const std::string& key : keys) {
    const KeyWords words = key_words(key, key.data() + key.size());
    set_wide(at + kEntryHeadLow, words.head);
    set_wide(at + kEntryTailLow, words.tail);
    set_text(at + kEntryText, key);
    at += kEntryCells;
  }
  return table;
}

namespace {

std::string joined(const std::vector<ByteSet>& sets) {
  std::string bytes;
  for (const ByteSet& set : sets)
    bytes.append(reinterpret_cast<const char*>(set.data()), set.size());
  return bytes;
}

}  // namespace

uint32_t BinaryWriter::add_pattern(const PatternProgram& program, std::string_view source) {
  const uint32_t at = program.kind == kPatternLine  ? add_line(program)
                      : program.kind == kPatternDfa ? add_dfa(program)
                                                    : add_nfa(program);
  set(at, program.kind);
  set_text(at + kLineSource, source);
  patterns_.push_back(at);
  return at;
}

uint32_t BinaryWriter::add_line(const PatternProgram& program) {
  const auto items = static_cast<uint32_t>(program.counts.size());
  const uint32_t at = add_cells(kLineCells);
  set(at + kLineItems, items);
  set_bytes(at + kLineSets, joined(program.sets));
  const uint32_t counts = add_cells(items);
  set(at + kLineCounts, counts);
  for (uint32_t i = 0; i < items; ++i) set(counts + i, program.counts[i]);
  set(at + kLineVariable, program.variable);
  set(at + kLineMax, program.variable == kNone ? 0 : program.variable_max);
  return at;
}

uint32_t BinaryWriter::add_dfa(const PatternProgram& program) {
  const uint32_t at = add_cells(kDfaCells);
  set(at + kDfaStates, program.states);
  set(at + kDfaClasses, program.classes);
  set_bytes(at + kDfaClassOf, program.class_of);
  std::string next;
  for (uint16_t state : program.next) append_le(next, state);
  set_bytes(at + kDfaNext, next);
  set(at + kDfaStart, program.start);
  return at;
}

uint32_t BinaryWriter::add_nfa(const PatternProgram& program) {
  const uint32_t at = add_cells(kNfaCells);
  set(at + kNfaCount, static_cast<uint32_t>(program.code.size() / 3));
  const uint32_t code = add_cells(static_cast<uint32_t>(program.code.size()));
  set(at + kNfaCode, code);
  for (size_t i = 0; i < program.code.size(); ++i) {
    set(code + static_cast<uint32_t>(i), program.code[i]);
  }
  set_bytes(at + kNfaSets, joined(program.sets));
  set(at + kNfaSetCount, static_cast<uint32_t>(program.sets.size()));
  return at;
}

std::string BinaryWriter::finish() {
  const uint32_t patterns = add_cells(static_cast<uint32_t>(patterns_.size()));
  for (size_t i = 0; i < patterns_.size(); ++i) {
    set(patterns + static_cast<uint32_t>(i), patterns_[i]);
  }
  set(kHeaderPatterns, patterns);
  set(kHeaderPatternCount, static_cast<uint32_t>(patterns_.size()));
  const auto first_node = static_cast<uint32_t>(cells_.size());
  set(kHeaderNodes, first_node);
  set(kHeaderNodeCount, node_count());
  for (uint32_t cell : node_references_) cells_[cell] = first_node + cells_[cell] * kNodeCells;
  cells_.insert(cells_.end(), nodes_.begin(), nodes_.end());
  const auto pool = static_cast<uint32_t>(cells_.size() * 4);
  // A cell that was set twice is moved once.
  std::sort(text_cells_.begin(), text_cells_.end());
  text_cells_.erase(std::unique(text_cells_.begin(), text_cells_.end()), text_cells_.end());
  for (uint32_t cell : text_cells_) cells_[cell] += pool;
  set(kHeaderMagic, kMagic);
  set(kHeaderCells, static_cast<uint32_t>(cells_.size()));
  set(kHeaderBytes, pool + static_cast<uint32_t>(pool_.size()));
  std::string bytes;
  bytes.reserve(pool + pool_.size());
  for (uint32_t cell : cells_) append_le(bytes, cell);
  bytes += pool_;
  return bytes;
}

}  // namespace edgehose
