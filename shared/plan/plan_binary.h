// The flat form of a plan: cells of 32 bits (little endian, as every target is), then a pool of
// text. compile_plan() writes it, Plan::map() checks every reference in it once, and the validator
// then follows references without checks.
//
//   header | cells: nodes, their checks, tables | pool of bytes: texts, automata of patterns
//
// A reference to cells (a node, a list, a table) is the index of its first cell from the start of
// the binary; 0 is none. A reference to text is its byte offset from the start and its length.
// The first node admits everything.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace edgehose::plan_binary {

inline constexpr uint32_t kMagic = 0x33504845;  // "EHP3"
inline constexpr uint32_t kNone = 0xffffffff;

enum Header : uint32_t {
  kHeaderMagic,
  kHeaderBytes,  // of the whole binary
  kHeaderCells,  // where the pool starts, in cells
  kHeaderNodes,  // first cell of the nodes
  kHeaderNodeCount,
  kHeaderTypes,  // first cell of the content types
  kHeaderTypeCount,
  kHeaderTypeTable,  // key table of their names
  kHeaderVersion,    // span of text
  kHeaderVersionBytes,
  kHeaderFlags,
  kHeaderPatterns,  // list of patterns, each a reference
  kHeaderPatternCount,
  kHeaderCount,
};

enum HeaderFlag : uint32_t {
  kFailedRawMask = 3,  // FailedRaw
  kHasPii = 4,
  kHashesPii = 8,
};

// Types a node admits. `number` admits integers too; `integer` alone admits whole numbers.
enum Type : uint32_t {
  kNull = 1,
  kBoolean = 2,
  kObject = 4,
  kArray = 8,
  kNumber = 16,
  kString = 32,
  kInteger = 64,
  kAnyType = kNull | kBoolean | kObject | kArray | kNumber | kString,
};
// Their names, in the order of their bits.
inline constexpr std::array<std::string_view, 7> kTypeNames = {
    "null", "boolean", "object", "array", "number", "string", "integer"};

enum NodeFlag : uint32_t {
  kTypeMask = 0xff,
  kNodeAny = 1U << 8,        // admits everything: a value is only scanned
  kNodeFalse = 1U << 9,      // the schema `false`
  kNodeWhole = 1U << 10,     // something looks at a container's whole value once it was walked
  kNodeMore = 1U << 11,      // enum, const or composition
  kNodePlaced = 1U << 12,    // the settings name this place
  kNodeDateTime = 1U << 13,  // format date-time
};

enum NodeCell : uint32_t {
  kNodeFlags,
  kNodeString,
  kNodeNumber,
  kNodeObject,
  kNodeArray,
  kNodeValues,       // enum and const: a list of value lists
  kNodeComposition,  // allOf, anyOf, oneOf, not, if, $ref
  kNodePlace,        // what the settings do at this place
  kNodeCells,
};

enum PlaceFlag : uint32_t {
  kPiiMask = 3,  // Pii
  kPlaceTime = 4,
};

enum StringCell : uint32_t { kStringMin, kStringMax, kStringPattern, kStringFormat, kStringCells };

enum Bound : uint32_t { kMinimum, kExclusiveMinimum, kMaximum, kExclusiveMaximum, kBounds };
enum NumberCell : uint32_t {
  kNumberHas,      // bits of Bound, and 1 << kBounds for multipleOf
  kNumberDivisor,  // multipleOf: digits low, digits high, exponent, text, bytes
  kNumberBounds = kNumberDivisor + 5,
  kNumberCells = kNumberBounds + 6 * kBounds,
};
enum BoundCell : uint32_t {  // of each bound
  kBoundLow,
  kBoundHigh,
  kBoundScale,
  kBoundFits,
  kBoundText,
  kBoundBytes,
  kBoundCells,
};

enum ObjectCell : uint32_t {
  kObjectTable,  // key table of the members it knows
  kObjectRest,   // node of other members; 0 takes any, kNone none
  kObjectMin,
  kObjectMax,
  kObjectNames,        // node of propertyNames
  kObjectPatterns,     // list: count, then (pattern, node) each
  kObjectRequired,     // list: count, then entry of the table each
  kObjectDependents,   // list: count, then (entry, reference to a list of entries) each
  kObjectRequiredLow,  // the required ones of the first 64 entries, as bits
  kObjectRequiredHigh,
  kObjectCells,
};

enum ArrayCell : uint32_t {
  kArrayMin,
  kArrayMax,
  kArrayItems,     // node; 0 takes any
  kArrayPrefix,    // list: count, then node each
  kArrayContains,  // node
  kArrayContainsMin,
  kArrayContainsMax,
  kArrayUnique,
  kArrayCells,
};

// A list of values: enum has any number, const one.
enum ValuesCell : uint32_t {
  kValuesNext,  // the next list of the node: a node may have const and enum
  kValuesIsConst,
  kValuesExpected,  // text for the fault
  kValuesExpectedBytes,
  kValuesStrings,  // key table of the strings among them
  kValuesOthers,   // list: count, then (text, bytes) each, compact JSON
  kValuesCells,
};

// A composition is a list: count of cells that follow; then (op, count, nodes) each.
// kIf has three nodes: if, then or 0, else or 0.
enum Op : uint32_t { kAllOf, kAnyOf, kOneOf, kNot, kIf, kRef, kOps };

// A key table: perfect hash over the keys, so a look-up compares with one entry at most.
enum TableCell : uint32_t {
  kTableCount,
  kTableShift,  // slots = 2^(64 - shift)
  kTableSeedLow,
  kTableSeedHigh,
  kTableSlots,  // one cell a slot: entry + 1
  kTableEntries,
  kTableCells,
};
enum EntryCell : uint32_t {
  kEntryHeadLow,  // the key's first 8 bytes, zeros behind a shorter one
  kEntryHeadHigh,
  kEntryTailLow,  // its last 8 bytes; the head again for a shorter one
  kEntryTailHigh,
  kEntryText,
  kEntryBytes,
  kEntryNode,  // node of a member; an index for content types
  kEntryMore,  // list: count, then further nodes that the member must satisfy
  kEntryFlags,
  kEntryCells,
};
enum EntryFlag : uint32_t {
  kEntryRefused = 1,  // additionalProperties: false refuses it; the entry serves another keyword
  kEntryOdd = 2,  // the key is never written as it stands, or its value needs more than its node
};

enum PatternKind : uint32_t { kPatternLine, kPatternDfa, kPatternNfa };
// Line: anchored at both ends, a run of ASCII sets of which at most one repeats.
enum LineCell : uint32_t {
  kLineKind,
  kLineItems,     // count
  kLineSets,      // pool: 32 bytes a set
  kLineCounts,    // list of cells: the repeat of each fixed item; the variable one has its minimum
  kLineVariable,  // index of the item that varies; kNone
  kLineMax,       // its largest count; kNone without bound
  kLineSource,
  kLineSourceBytes,
  kLineCells,
};
enum DfaCell : uint32_t {
  kDfaKind,
  kDfaStates,
  kDfaClasses,  // of bytes; one more column says whether the end of text accepts
  kDfaClassOf,  // pool: 256 bytes
  kDfaNext,     // pool: 16 bits for each (state, class or end)
  kDfaStart,
  kDfaSource,
  kDfaSourceBytes,
  kDfaCells,
};
enum NfaCell : uint32_t {
  kNfaKind,
  kNfaCount,  // instructions
  kNfaCode,   // cells: (op, a, b) each
  kNfaSets,   // pool: 32 bytes a set
  kNfaSetCount,
  kNfaSpare,
  kNfaSource,
  kNfaSourceBytes,
  kNfaCells,
};
enum NfaOp : uint32_t { kNfaSet, kNfaSplit, kNfaAssert, kNfaMatch, kNfaOps };
enum NfaAssertion : uint32_t { kAtStart, kAtEnd, kAtWordEdge, kNotAtWordEdge, kNfaAssertions };
inline constexpr uint32_t kDfaDead = 0;
inline constexpr uint32_t kDfaMatched = 1;

enum TypeCell : uint32_t {  // of a content type
  kTypeName,
  kTypeNameBytes,
  kTypeRoot,  // node
  kTypeStream,
  kTypeStreamBytes,
  kTypeCoerce,   // 1: types, 2: every place with format date-time, 4..: EmptyString << 2
  kTypeLateLow,  // ms; both kNone when there is no bound
  kTypeLateHigh,
  kTypeFutureLow,
  kTypeFutureHigh,
  kTypePolicies,  // late action, event_id, partition: one bit each, in this order; then kLateMarks
  kTypePii,       // trie of personal places: reference to a trie node; 0 when there is none
  kTypeCells,
};
// The late action that a plan names; neither where it leaves that to the configuration.
inline constexpr uint32_t kLateFails = 1;
inline constexpr uint32_t kLateMarks = 8;
// A trie node of places: (what is done here, node of `*` or 0, key table of the steps below or 0).
enum TrieCell : uint32_t { kTriePii, kTrieEach, kTrieTable, kTrieCells };

// Reads cells and text of a binary that was checked.
class View {
 public:
  View() = default;
  explicit View(std::string_view bytes) : bytes_(bytes.data()) {}

  uint32_t operator[](uint32_t cell) const {
    uint32_t value = 0;
    std::memcpy(&value, bytes_ + size_t{cell} * 4, 4);
    return value;
  }
  uint64_t wide(uint32_t cell) const {
    uint64_t value = 0;
    std::memcpy(&value, bytes_ + size_t{cell} * 4, 8);
    return value;
  }
  std::string_view text(uint32_t offset, uint32_t bytes) const { return {bytes_ + offset, bytes}; }
  // The span whose offset and length stand in a cell and the next.
  std::string_view text_at(uint32_t cell) const { return text((*this)[cell], (*this)[cell + 1]); }
  const char* pool(uint32_t offset) const { return bytes_ + offset; }
  // The node that admits everything.
  uint32_t any() const { return (*this)[kHeaderNodes]; }

 private:
  const char* bytes_ = nullptr;
};

}  // namespace edgehose::plan_binary
