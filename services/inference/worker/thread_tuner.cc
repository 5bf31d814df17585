#include "inference/worker/thread_tuner.h"

#include <algorithm>
#include <limits>

namespace secai::inference {
namespace {

constexpr std::size_t kMaxJudgedTokens = 16;
constexpr std::size_t kStepsPerCandidate = 2;
constexpr std::uint32_t kStepsPerChoice = 256;
constexpr std::uint32_t kSlowStepsInARow = 6;

}  // namespace

ThreadTuner::ThreadTuner(int max_threads) {
  for (int threads = 1; threads < max_threads; threads *= 2) candidates_.push_back(threads);
  candidates_.push_back(max_threads);
  StartTrying();
}

void ThreadTuner::StartTrying() {
  is_trying_ = candidates_.size() > 1;
  current_ = 0;
  tried_steps_ = 0;
  fastest_.assign(candidates_.size(), Duration::max());
}

void ThreadTuner::Record(std::size_t tokens, Duration elapsed) {
  if (tokens == 0 || tokens > kMaxJudgedTokens || candidates_.size() == 1) return;
  if (tokens != tokens_) {
    tokens_ = tokens;
    expected_ = Duration::zero();
    if (is_trying_) StartTrying();
    // This step may have been the first of its size for the engine too: judge from the next one on.
    return;
  }
  if (is_trying_) {
    Try(elapsed);
  } else {
    Watch(elapsed);
  }
}

void ThreadTuner::Try(Duration elapsed) {
  fastest_[current_] = std::min(fastest_[current_], elapsed);
  if (++tried_steps_ < kStepsPerCandidate) return;
  tried_steps_ = 0;
  if (++current_ < candidates_.size()) return;
  current_ = static_cast<std::size_t>(std::ranges::min_element(fastest_) - fastest_.begin());
  expected_ = fastest_[current_];
  is_trying_ = false;
  steps_ = 0;
  slow_steps_ = 0;
}

void ThreadTuner::Watch(Duration elapsed) {
  if (expected_ == Duration::zero()) expected_ = elapsed;
  slow_steps_ = elapsed > expected_ * 3 / 2 ? slow_steps_ + 1 : 0;
  // Follows the slow growth of a step with its context.
  if (slow_steps_ == 0) expected_ = (expected_ * 15 + elapsed) / 16;
  if (++steps_ >= kStepsPerChoice || slow_steps_ >= kSlowStepsInARow) StartTrying();
}

}  // namespace secai::inference
