// Errors as values. Bad input from a sender is not an error: it becomes a failed event (see
// event/event.h).
#pragma once

#include <cassert>
#include <cstdint>
#include <utility>
#include <variant>

namespace edgehose {

// One code for each thing a caller acts on differently. Numbers are stable: they cross the C
// boundary.
enum class Error : uint8_t {
  none = 0,
  malformed = 1,       // bytes that do not follow their format
  too_large = 2,       // a bound of Limits was passed
  not_found = 3,       // no such object, stream or bucket
  out_of_space = 4,    // the disk took less than was given to it
  io = 5,              // any other failure of the disk or the network
  already_exists = 6,  // a name is taken
};

// A value or an Error. The caller looks before it takes: value() on an error is a bug.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(error) { assert(error != Error::none); }  // NOLINT

  explicit operator bool() const { return std::holds_alternative<T>(state_); }
  Error error() const { return *this ? Error::none : *std::get_if<Error>(&state_); }

  T& value() & {
    assert(*this);
    return *std::get_if<T>(&state_);
  }
  const T& value() const& {
    assert(*this);
    return *std::get_if<T>(&state_);
  }
  T&& value() && {
    assert(*this);
    return std::move(*std::get_if<T>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

}  // namespace edgehose
