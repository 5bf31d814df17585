#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace secai::inference {

// Finds how many compute threads are fastest, by trying: more threads than the host has idle CPUs
// make every step wait for the slowest. Tries each candidate (1, 2, 4, ... max) for two steps,
// keeps the one with the fastest step, and tries again every 256 steps, and as soon as steps take
// half as long again as they did (the host got busy). Only steps of one size are compared.
// Thread-safety: one thread only.
class ThreadTuner {
 public:
  using Duration = std::chrono::nanoseconds;

  // `max_threads` >= 1.
  explicit ThreadTuner(int max_threads);

  // For the next step.
  int threads() const { return candidates_[current_]; }
  bool is_settled() const { return !is_trying_; }

  // A step of `tokens` tokens took `elapsed` with threads(). Steps of more than 16 tokens (prompts)
  // are not judged.
  void Record(std::size_t tokens, Duration elapsed);

 private:
  void StartTrying();
  void Try(Duration elapsed);
  void Watch(Duration elapsed);

  std::vector<int> candidates_;
  std::size_t current_ = 0;
  bool is_trying_ = true;
  std::size_t tokens_ = 0;       // Size of the steps being compared.
  std::size_t tried_steps_ = 0;  // With the current candidate.
  std::vector<Duration> fastest_;
  Duration expected_{0};          // A step with the chosen candidate.
  std::uint32_t slow_steps_ = 0;  // In a row.
  std::uint32_t steps_ = 0;       // Since the choice.
};

}  // namespace secai::inference
