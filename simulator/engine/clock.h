// The simulator's clock. Services never read it: they are told `now_ms` by whoever drives them.
#pragma once

#include <cstdint>

namespace edgehose {

class Clock {
 public:
  virtual ~Clock() = default;
  // Milliseconds since 1970-01-01T00:00Z. Never runs backwards.
  [[nodiscard]] virtual int64_t now_ms() const = 0;
  // How long this clock takes, in real milliseconds, to advance by `ms`.
  [[nodiscard]] virtual int64_t real_ms(int64_t ms) const = 0;
};

// The machine's clock, run `speed` times as fast from the moment of construction: buffers of 300 s
// can be watched in seconds. Signatures are always judged with speed 1.
class RealClock final : public Clock {
 public:
  explicit RealClock(uint32_t speed = 1);
  [[nodiscard]] int64_t now_ms() const override;
  [[nodiscard]] int64_t real_ms(int64_t ms) const override;

 private:
  int64_t speed_;
  int64_t started_unix_ms_;
  int64_t started_steady_ns_;
};

// A clock that moves only when told to.
class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(int64_t now_ms) : now_ms_(now_ms) {}
  [[nodiscard]] int64_t now_ms() const override { return now_ms_; }
  [[nodiscard]] int64_t real_ms(int64_t /*ms*/) const override { return 0; }
  void advance(int64_t ms) { now_ms_ += ms; }

 private:
  int64_t now_ms_;
};

}  // namespace edgehose
