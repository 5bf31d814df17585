#include "supervisor/backoff.h"

#include <algorithm>
#include <utility>

namespace secai::supervisor {

std::chrono::milliseconds Backoff::Next(TimePoint now) {
  if (std::exchange(is_ready_, false) && now - ready_since_ >= kSteady) next_ = kFirst;
  return std::exchange(next_, std::min(next_ * 2, kLongest));
}

}  // namespace secai::supervisor
