// The values of a mapping template while it runs: Java's nulls, booleans, numbers, strings, lists
// and maps, as far as templates can tell them apart.
//
// A heap owns every text, list and map of one run and frees them all at its end: values are small
// handles that are copied freely, and a list that a template puts into itself leaks nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace edgehose {

struct VtlList;
struct VtlMap;

// A number that is no 64-bit integer, as it was written: "1.50", "1e3", "12345678901234567890".
struct VtlDecimal {
  std::string_view text;
};

// The objects that API Gateway puts before a template.
enum class VtlObject : uint8_t { input, util };

using VtlValue = std::variant<std::monostate, bool, int64_t, VtlDecimal, std::string_view, VtlList*,
                              VtlMap*, VtlObject>;

struct VtlList {
  std::vector<VtlValue> items;
};

// Keys in the order in which they came.
struct VtlMap {
  using Entry = std::pair<std::string_view, VtlValue>;

  [[nodiscard]] const VtlValue* find(std::string_view key) const;
  // `key` is text of the map's own heap.
  void put(std::string_view key, VtlValue value);

  std::vector<Entry> entries;

 private:
  [[nodiscard]] size_t index_of(std::string_view key) const;
  // Of maps with more keys than a short search.
  std::unordered_map<std::string_view, size_t> places_;
};

// What a run may take. API Gateway publishes the template's size and the iterations of #foreach;
// the others are the simulator's own.
struct VtlLimits {
  size_t template_bytes = 307'200;
  size_t foreach_iterations = 1'000;
  size_t output_bytes = 16U << 20;
  size_t heap_bytes = 128U << 20;
  size_t steps = 20'000'000;  // references, operations, elements of what is printed or searched
  uint32_t depth = 64;  // of directives and expressions in a template, and of input and values
};

class VtlHeap {
 public:
  explicit VtlHeap(size_t bytes_max) : bytes_max_(bytes_max) {}
  VtlHeap(const VtlHeap&) = delete;
  VtlHeap& operator=(const VtlHeap&) = delete;

  // Keeps a text until the end of the run.
  std::string_view text(std::string text);
  VtlList* list();
  VtlMap* map();
  // Counts what a list or a map was given. Call it for each element.
  void charge(size_t bytes) { bytes_ += bytes; }
  [[nodiscard]] bool is_full() const { return bytes_ > bytes_max_; }

 private:
  size_t bytes_max_;
  size_t bytes_ = 0;
  std::deque<std::string> texts_;
  std::deque<VtlList> lists_;
  std::deque<VtlMap> maps_;
};

[[nodiscard]] bool vtl_is_null(const VtlValue& value);
[[nodiscard]] bool vtl_is_number(const VtlValue& value);
// Velocity 1.7: null and false are false, and everything else is true, "" and 0 too.
[[nodiscard]] bool vtl_is_true(const VtlValue& value);
[[nodiscard]] double vtl_double(const VtlValue& number);

// The heap's number for a text of JSON's number grammar.
[[nodiscard]] VtlValue vtl_number(std::string_view text);
// As Java prints a double: 0.5, 2.0, 1.0E10.
[[nodiscard]] std::string vtl_double_text(double value);

// Equal as Velocity's == has it: numbers by value, the same kind by content, else by text. Nothing
// when the values are nested too deep to tell, or `steps` has counted down to nothing.
[[nodiscard]] std::optional<bool> vtl_equal(const VtlValue& left, const VtlValue& right,
                                            size_t& steps);

// Counts down what printing costs. False once there is nothing left.
struct VtlBudget {
  size_t steps = 0;
  size_t bytes = 0;  // of the text being made
  uint32_t depth = 64;
};

// Java's text of a value: {a=1, b=[x, y]}. False, and `out` cut short, when it passes the budget.
[[nodiscard]] bool vtl_append_text(std::string& out, const VtlValue& value, VtlBudget& budget);
// The value as JSON.
[[nodiscard]] bool vtl_append_json(std::string& out, const VtlValue& value, VtlBudget& budget);

}  // namespace edgehose
