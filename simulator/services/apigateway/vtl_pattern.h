// The regular expressions that replaceAll() and split() take here: a row of characters, escapes and
// character classes, or one of these repeated with +. Matching is linear. Everything else is
// refused by name.
#pragma once

#include <bitset>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace edgehose {

class VtlPattern {
 public:
  // Nothing, with what is wrong with it, outside the subset.
  [[nodiscard]] static std::optional<VtlPattern> read(std::string_view text, std::string& fault);

  // Bytes that match at `at`; 0 where it does not.
  [[nodiscard]] size_t match(std::string_view text, size_t at) const;

 private:
  struct Atom {
    std::bitset<256> first;        // bytes that may stand here
    bool takes_character = false;  // with the rest of the UTF-8 sequence that the byte begins
  };
  static bool read_atom(std::string_view text, size_t& at, Atom& atom, std::string& fault);
  static bool read_escape(std::string_view text, size_t& at, Atom& atom, std::string& fault);
  static bool read_class(std::string_view text, size_t& at, Atom& atom, std::string& fault);
  static bool read_members(std::string_view text, size_t& at, Atom& atom, std::string& fault);

  std::vector<Atom> atoms_;
  bool is_repeated_ = false;
};

}  // namespace edgehose
