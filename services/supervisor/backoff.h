#pragma once

#include <chrono>

namespace secai::supervisor {

// How long to wait before the next start of a room that failed: 100 ms, doubled each time up to 30
// s; from the beginning again once it has been ready for a minute. Thread-safety: one thread only.
// Time: monotonic, given by the caller.
class Backoff {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  void BecameReady(TimePoint now) {
    ready_since_ = now;
    is_ready_ = true;
  }
  // The wait before the next start, after an exit at `now`.
  std::chrono::milliseconds Next(TimePoint now);

 private:
  std::chrono::milliseconds next_{kFirst};
  TimePoint ready_since_;
  bool is_ready_ = false;

  static constexpr std::chrono::milliseconds kFirst{100};
  static constexpr std::chrono::milliseconds kLongest{30'000};
  static constexpr std::chrono::milliseconds kSteady{60'000};
};

}  // namespace secai::supervisor
