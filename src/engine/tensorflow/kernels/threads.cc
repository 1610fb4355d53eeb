// Threads are started when they are first needed and stay, because starting one costs as much as a small layer. Before it sleeps, a thread watches for the next
// layer for a short while: waking it costs 50 µs and more.
#include "threads.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace lookback {
namespace {

constexpr auto watchFor = std::chrono::microseconds(200);

// Whether `holds` came true in a while in which others may have the processor.
template <typename Condition>
bool watch(const Condition& holds) {
  const auto end = std::chrono::steady_clock::now() + watchFor;
  do {
    if (holds()) return true;
    std::this_thread::yield();
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

class Team {
 public:
  void run(int parts, const std::function<void(int)>& body) {
    const std::lock_guard<std::mutex> oneAtATime(running_);
    while (helpers_ < parts - 1) start();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      body_ = &body;
      parts_ = parts;
      working_ = helpers_;
      round_++;
    }
    called_.notify_all();
    body(0);
    const auto ended = [this] { return working_ == 0; };
    if (watch(ended)) return;
    std::unique_lock<std::mutex> lock(mutex_);
    ended_.wait(lock, ended);
  }

 private:
  void start() {
    helpers_++;
    std::thread([this, part = helpers_, round = round_.load()] { help(part, round); }).detach();
  }

  void help(int part, int round) {
    while (true) {
      const auto called = [&] { return round_ != round; };
      if (!watch(called)) {
        std::unique_lock<std::mutex> lock(mutex_);
        called_.wait(lock, called);
      }
      round++;
      if (part < parts_) (*body_)(part);
      if (--working_ > 0) continue;
      const std::lock_guard<std::mutex> lock(mutex_);
      ended_.notify_one();
    }
  }

  std::mutex running_;
  std::mutex mutex_;
  std::condition_variable called_;
  std::condition_variable ended_;
  std::atomic<int> round_{0};
  std::atomic<int> working_{0};
  int helpers_ = 0;
  int parts_ = 0;
  const std::function<void(int)>* body_ = nullptr;
};

}  // namespace

void inParallel(int parts, const std::function<void(int)>& body) {
  // Never destroyed: its threads sleep until the process ends.
  static Team& team = *new Team;
  if (parts == 1) body(0);
  else team.run(parts, body);
}

}  // namespace lookback
