#include "simulator/services/apigateway/vtl_pattern.h"

#include <algorithm>

#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr std::string_view kMeta = ".[]{}()*+-?^$|\\/'\"#&~,:;!%@=<>_` ";
constexpr size_t kAtomsMax = 64;

bool refuse(std::string_view text, std::string_view what, std::string& fault) {
  fault.assign("regular expression ").append(text).append(": ").append(what);
  fault.append(" is not modelled");
  return false;
}

size_t byte_of(char c) { return static_cast<uint8_t>(c); }

void add_range(std::bitset<256>& set, char from, char to) {
  for (size_t c = byte_of(from); c <= byte_of(to); ++c) set.set(c);
}

// The characters of \d, \s, \w, \n, ... in Java; false for any other letter.
bool add_escape(std::bitset<256>& set, char letter) {
  switch (letter) {
    case 'd':
      add_range(set, '0', '9');
      return true;
    case 'w':
      add_range(set, '0', '9');
      add_range(set, 'a', 'z');
      add_range(set, 'A', 'Z');
      set.set(byte_of('_'));
      return true;
    case 's':
      for (const char c : {' ', '\t', '\n', '\v', '\f', '\r'}) set.set(byte_of(c));
      return true;
    case 'n':
      set.set(byte_of('\n'));
      return true;
    case 'r':
      set.set(byte_of('\r'));
      return true;
    case 't':
      set.set(byte_of('\t'));
      return true;
    default:
      if (kMeta.find(letter) == std::string_view::npos) return false;
      set.set(byte_of(letter));
      return true;
  }
}

}  // namespace

std::optional<VtlPattern> VtlPattern::read(std::string_view text, std::string& fault) {
  VtlPattern pattern;
  size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '+' && pattern.atoms_.size() == 1 && at + 1 == text.size()) {
      pattern.is_repeated_ = true;
      break;
    }
    Atom atom;
    if (!read_atom(text, at, atom, fault)) return std::nullopt;
    pattern.atoms_.push_back(atom);
    if (pattern.atoms_.size() > kAtomsMax) {
      (void)refuse(text, "more than 64 characters", fault);
      return std::nullopt;
    }
  }
  if (pattern.atoms_.empty()) {
    (void)refuse(text, "an empty one", fault);
    return std::nullopt;
  }
  return pattern;
}

bool VtlPattern::read_atom(std::string_view text, size_t& at, Atom& atom, std::string& fault) {
  const char c = text[at];
  if (c == '\\') return read_escape(text, at, atom, fault);
  if (c == '[') return read_class(text, at, atom, fault);
  if (c == '.') {
    atom.first.set();
    atom.first.reset(byte_of('\n'));
    atom.first.reset(byte_of('\r'));
    atom.takes_character = true;
  } else if (std::string_view("]{}()*+?^$|").find(c) != std::string_view::npos) {
    return refuse(text, std::string(1, c), fault);
  } else {
    atom.first.set(byte_of(c));
  }
  ++at;
  return true;
}

bool VtlPattern::read_escape(std::string_view text, size_t& at, Atom& atom, std::string& fault) {
  if (at + 1 >= text.size()) return refuse(text, "a backslash at the end", fault);
  const char letter = text[at + 1];
  const bool is_negated = letter == 'D' || letter == 'S' || letter == 'W';
  if (!add_escape(atom.first, is_negated ? to_lower(letter) : letter)) {
    return refuse(text, std::string("\\") + letter, fault);
  }
  if (is_negated) {
    atom.first.flip();
    atom.takes_character = true;
  }
  at += 2;
  return true;
}

bool VtlPattern::read_class(std::string_view text, size_t& at, Atom& atom, std::string& fault) {
  ++at;
  const bool is_negated = at < text.size() && text[at] == '^';
  if (is_negated) ++at;
  if (!read_members(text, at, atom, fault)) return false;
  if (is_negated) {
    atom.first.flip();
    atom.takes_character = true;
  }
  return true;
}

bool VtlPattern::read_members(std::string_view text, size_t& at, Atom& atom, std::string& fault) {
  const size_t start = at;
  while (at < text.size() && (text[at] != ']' || at == start)) {
    const char c = text[at];
    if (c == '[' || c == '&' || byte_of(c) >= 0x80 || c == ']') {
      return refuse(text, "a class of classes or of letters outside ASCII", fault);
    }
    if (c == '\\') {
      if (at + 1 >= text.size() || !add_escape(atom.first, text[at + 1])) {
        return refuse(text, "this escape in a class", fault);
      }
      at += 2;
      continue;
    }
    const bool is_range = at + 2 < text.size() && text[at + 1] == '-' && text[at + 2] != ']';
    const char to = is_range ? text[at + 2] : c;
    if (byte_of(to) < byte_of(c) || byte_of(to) >= 0x80 || to == '\\' || to == '[') {
      return refuse(text, "this range in a class", fault);
    }
    add_range(atom.first, c, to);
    at += is_range ? 3 : 1;
  }
  if (at >= text.size()) return refuse(text, "a class without its ]", fault);
  ++at;
  return true;
}

size_t VtlPattern::match(std::string_view text, size_t at) const {
  const auto bytes_at = [&](const Atom& atom, size_t place) -> size_t {
    if (place >= text.size() || !atom.first.test(byte_of(text[place]))) return 0;
    if (!atom.takes_character) return 1;
    return std::max<size_t>(1, utf8_sequence_bytes(text, place));
  };
  size_t end = at;
  if (is_repeated_) {
    while (const size_t bytes = bytes_at(atoms_.front(), end)) end += bytes;
    return end - at;
  }
  for (const Atom& atom : atoms_) {
    const size_t bytes = bytes_at(atom, end);
    if (bytes == 0) return 0;
    end += bytes;
  }
  return end - at;
}

}  // namespace edgehose
