// Who decides what happens next in a model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace edgehose::sim {

class Choices {
 public:
  virtual ~Choices() = default;
  // A number below `count`, which is at least 1.
  virtual size_t pick(size_t count) = 0;
  bool chance(size_t permille) { return permille > 0 && pick(1'000) < permille; }
};

// By seed.
class RandomChoices final : public Choices {
 public:
  explicit RandomChoices(uint64_t seed) : random_(seed) {}
  size_t pick(size_t count) override { return random_() % count; }

 private:
  std::mt19937_64 random_;
};

// Every way there is, one after the other: begin each run with rewind(), and end when next() is
// false. A run must be a function of its choices.
class AllChoices final : public Choices {
 public:
  size_t pick(size_t count) override {
    if (count == 1) return 0;
    if (at_ == path_.size()) path_.push_back({0, count});
    return path_[at_++].chosen;
  }
  void rewind() { at_ = 0; }
  bool next() {
    path_.resize(at_);
    while (!path_.empty() && path_.back().chosen + 1 == path_.back().count) path_.pop_back();
    if (path_.empty()) return false;
    ++path_.back().chosen;
    return true;
  }
  std::string to_string() const {
    std::string text;
    for (const Choice& choice : path_) text += std::to_string(choice.chosen) + " ";
    return text;
  }

 private:
  struct Choice {
    size_t chosen;
    size_t count;
  };
  std::vector<Choice> path_;
  size_t at_ = 0;
};

}  // namespace edgehose::sim
