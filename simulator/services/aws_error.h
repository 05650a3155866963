// An error as AWS's services give it: a name, a text and an HTTP status, the same for every
// protocol.
#pragma once

#include <cassert>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace edgehose {

struct AwsError {
  std::string code;
  std::string message;
  uint16_t http_status = 400;
};

// A reply or the error to send instead. The caller looks before it takes.
template <typename T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : state_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Outcome(AwsError error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  explicit operator bool() const { return std::holds_alternative<T>(state_); }
  const AwsError& error() const {
    assert(!*this);
    return *std::get_if<AwsError>(&state_);
  }
  T& value() {
    assert(*this);
    return *std::get_if<T>(&state_);
  }
  const T& value() const {
    assert(*this);
    return *std::get_if<T>(&state_);
  }

 private:
  std::variant<T, AwsError> state_;
};

}  // namespace edgehose
