#pragma once

#include <chrono>
#include <optional>

namespace secai::inference {

// When a model whose process keeps ending may be started again: at once after the first two ends
// within a minute, then after 5, 10, 20, ... up to 320 seconds. A minute without an end forgives
// everything. Time: monotonic, given by the caller. Thread-safety: one thread only.
class RestartBackoff {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  void RecordEnd(TimePoint now);

  // How long to wait still; zero: start.
  std::chrono::seconds WaitAt(TimePoint now) const;

 private:
  int ends_ = 0;
  std::optional<TimePoint> last_end_;
};

}  // namespace secai::inference
