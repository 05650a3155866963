#include "simulator/services/apigateway/status_pattern.h"

#include <array>

#include "shared/base/text.h"

namespace edgehose {
namespace {

constexpr int kDepthMax = 4;

// Places in a text of three digits, as bits: where a match may have come to.
using Places = uint8_t;

// Walks the pattern once for each text, carrying all places at which a match may stand.
class Walk {
 public:
  Walk(std::string_view pattern, std::string_view text) : pattern_(pattern), text_(text) {}

  bool matches() {
    if (look() == '^') ++at_;
    const Places end = alternatives(1);
    if (at_ != pattern_.size()) fail();
    return is_sound_ && (end >> text_.size() & 1) != 0;
  }
  bool is_sound() const { return is_sound_; }
  size_t at() const { return at_; }

 private:
  char look() const { return at_ < pattern_.size() ? pattern_[at_] : '\0'; }
  Places fail() {
    is_sound_ = false;
    at_ = pattern_.size();
    return 0;
  }

  Places alternatives(Places from) {
    Places all = sequence(from);
    while (look() == '|') {
      ++at_;
      all = static_cast<Places>(all | sequence(from));
    }
    return all;
  }

  Places sequence(Places from) {
    while (at_ < pattern_.size() && look() != '|' && look() != ')') {
      if (look() == '$' && at_ + 1 == pattern_.size()) {
        ++at_;
        break;
      }
      from = repeated(from);
    }
    return from;
  }

  // One atom with what is behind it: ? * + {n} {n,m}.
  Places repeated(Places from) {
    const size_t start = at_;
    Places now = atom(from);
    if (!is_sound_) return 0;
    unsigned least = 1;
    unsigned most = 1;
    if (!counts(least, most)) return fail();
    const size_t end = at_;
    Places all = least == 0 ? from : Places{0};
    for (unsigned count = 1; count <= most && now != 0; ++count) {
      if (count >= least) all = static_cast<Places>(all | now);
      at_ = start;
      now = atom(now);
    }
    at_ = end;
    return all;
  }

  bool counts(unsigned& least, unsigned& most) {
    // A text of three digits has no more than three, and a group may match nothing.
    constexpr unsigned kMany = 4;
    const char c = look();
    if (c == '?' || c == '*' || c == '+') {
      ++at_;
      least = c == '+' ? 1 : 0;
      most = c == '?' ? 1 : kMany;
      return true;
    }
    if (c != '{') return true;
    ++at_;
    if (!is_digit(look())) return false;
    least = number();
    most = least;
    if (look() == ',') {
      ++at_;
      most = is_digit(look()) ? number() : kMany;
    }
    if (look() != '}') return false;
    ++at_;
    return true;
  }
  unsigned number() {
    unsigned value = 0;
    while (is_digit(look()) && value < 100) {
      value = value * 10 + static_cast<unsigned>(look() - '0');
      ++at_;
    }
    return value;
  }

  Places atom(Places from) {
    const char c = look();
    if (c == '(') return group(from);
    std::array<bool, 10> digits{};
    if (c == '[') {
      if (!digit_class(digits)) return fail();
    } else if (c == '.') {
      digits.fill(true);
      ++at_;
    } else if (c == '\\') {
      if (at_ + 1 >= pattern_.size() || pattern_[at_ + 1] != 'd') return fail();
      digits.fill(true);
      at_ += 2;
    } else if (is_alnum(c) || c == ' ' || c == '-') {
      // A letter matches no status, but AWS takes it: patterns are written for Lambda's errors too.
      if (is_digit(c)) digits[static_cast<size_t>(c - '0')] = true;
      ++at_;
    } else {
      return fail();
    }
    Places to = 0;
    for (size_t i = 0; i < text_.size(); ++i) {
      const bool fits = (from >> i & 1) != 0 && digits[static_cast<size_t>(text_[i] - '0')];
      if (fits) to = static_cast<Places>(to | 1U << (i + 1));
    }
    return to;
  }

  Places group(Places from) {
    if (++depth_ > kDepthMax) return fail();
    ++at_;
    if (pattern_.substr(at_).starts_with("?:")) at_ += 2;
    const Places to = alternatives(from);
    --depth_;
    if (look() != ')') return fail();
    ++at_;
    return to;
  }

  bool digit_class(std::array<bool, 10>& digits) {
    ++at_;
    const bool is_negated = look() == '^';
    if (is_negated) ++at_;
    while (is_digit(look())) {
      const auto from = static_cast<size_t>(look() - '0');
      size_t to = from;
      ++at_;
      if (look() == '-') {
        ++at_;
        if (!is_digit(look())) return false;
        to = static_cast<size_t>(look() - '0');
        ++at_;
      }
      for (size_t digit = from; digit <= to; ++digit) digits[digit] = true;
    }
    if (look() != ']') return false;
    ++at_;
    for (bool& has : digits) has = has != is_negated;
    return true;
  }

  std::string_view pattern_;
  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  bool is_sound_ = true;
};

}  // namespace

std::optional<StatusPattern> StatusPattern::read(std::string_view text, std::string& fault) {
  StatusPattern made;
  const bool is_long = text.size() > kBytesMax;
  for (uint32_t status = 100; status < made.statuses_.size() && !is_long; ++status) {
    const std::string digits = std::to_string(status);
    Walk walk(text, digits);
    if (walk.matches()) made.statuses_.set(status);
    if (walk.is_sound()) continue;
    fault.assign("selectionPattern ").append(text).append(" has what is not modelled");
    return std::nullopt;
  }
  if (!is_long) return made;
  fault = "selectionPattern is longer than 128 bytes";
  return std::nullopt;
}

}  // namespace edgehose
