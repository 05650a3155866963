// A few threads for work that waits on the disk, so that the sockets' threads never do.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace edgehose {

// The queue needs no bound of its own: a connection has one request at a time in it.
class WorkerPool {
 public:
  explicit WorkerPool(uint32_t threads);
  // Finishes what was begun; what still waits is dropped.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void post(std::function<void()> work);
  // As the destructor. Nothing is taken afterwards.
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable wanted_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace edgehose
