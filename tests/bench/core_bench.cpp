// The native side of `./dev bench core`: shapes the requests of a corpus file again and again
// through the C ABI and says how long it took. The driver (core.ts) runs it and its peers in turns.
//
//   core_bench plan PLAN COMPILED       compiles the plan in the file PLAN into the file COMPILED
//   core_bench CORPUS CONFIGURATION PLAN     files; then a command a line on standard input:
//   run N     shapes N requests, on from where the last run stopped; prints the nanoseconds
//   digest    shapes each request of the corpus once; prints a hash of all lines
//   lines F   the same, and writes all lines' frames to the file F
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "edge/wasm/collector_abi.h"
#include "shared/base/little_endian.h"
#include "shared/base/sha256.h"
#include "shared/plan/plan_compile.h"

namespace {

std::string read_file(const char* path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

const uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}
uint32_t count_of(std::string_view text) { return static_cast<uint32_t>(text.size()); }

std::vector<std::string_view> split_frames(std::string_view corpus) {
  std::vector<std::string_view> frames;
  uint32_t bytes = 0;
  for (std::string_view frame;
       edgehose::take_le(corpus, bytes) && edgehose::take_bytes(corpus, bytes, frame);) {
    frames.push_back(frame);
  }
  return frames;
}

class Bench {
 public:
  Bench(collector_handle* handle, std::vector<std::string_view> frames)
      : handle_(handle), frames_(std::move(frames)) {}

  int64_t run(size_t requests) {
    const auto start = std::chrono::steady_clock::now();
    for (size_t i = 0; i < requests; ++i) {
      shape(frames_[next_]);
      next_ = next_ + 1 == frames_.size() ? 0 : next_ + 1;
    }
    const auto spent = std::chrono::steady_clock::now() - start;
    return std::chrono::duration_cast<std::chrono::nanoseconds>(spent).count();
  }

  std::string all_lines() {
    std::string lines;
    for (std::string_view frame : frames_) {
      shape(frame);
      lines.append(reinterpret_cast<const char*>(collector_lines(handle_)),
                   collector_lines_bytes(handle_));
    }
    return lines;
  }

 private:
  void shape(std::string_view frame) {
    if (collector_shape(handle_, bytes_of(frame), count_of(frame)) != 0) {
      std::cerr << "core_bench: a frame of the corpus is not whole\n";
      std::exit(1);
    }
  }

  collector_handle* handle_;
  std::vector<std::string_view> frames_;
  size_t next_ = 0;
};

void serve(Bench& bench) {
  for (std::string command; std::cin >> command;) {
    if (command == "run") {
      size_t requests = 0;
      std::cin >> requests;
      std::cout << bench.run(requests) << std::endl;
    } else if (command == "digest") {
      std::cout << edgehose::hex(edgehose::sha256(bench.all_lines())) << std::endl;
    } else if (command == "lines") {
      std::string path;
      std::cin >> path;
      std::ofstream(path, std::ios::binary) << bench.all_lines();
      std::cout << "ok" << std::endl;
    }
  }
}

int compile(const char* from, const char* to) {
  const edgehose::PlanCompiled compiled = edgehose::compile_plan(read_file(from));
  for (const edgehose::PlanProblem& problem : compiled.problems) {
    std::cerr << from << ": " << problem.place << ": " << problem.what << "; " << problem.mend
              << '\n';
  }
  std::ofstream(to, std::ios::binary) << compiled.bytes;
  return compiled.problems.empty() ? 0 : 1;
}

}  // namespace

int main(int count, char** values) {
  if (count != 4) {
    std::cerr << "usage: core_bench CORPUS CONFIGURATION PLAN | core_bench plan PLAN COMPILED\n";
    return 2;
  }
  if (std::string_view(values[1]) == "plan") return compile(values[2], values[3]);
  const std::string corpus = read_file(values[1]);
  const std::string configuration = read_file(values[2]);
  const std::string plan = read_file(values[3]);
  collector_handle* handle = collector_open_planned(
      bytes_of(configuration), count_of(configuration), bytes_of(plan), count_of(plan));
  if (collector_ok(handle) == 0) {
    std::cerr.write(reinterpret_cast<const char*>(collector_text(handle)),
                    collector_text_bytes(handle));
    return 1;
  }
  Bench bench(handle, split_frames(corpus));
  serve(bench);
  collector_close(handle);
  return 0;
}
