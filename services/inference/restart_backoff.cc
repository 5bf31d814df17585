#include "inference/restart_backoff.h"

#include <algorithm>

namespace secai::inference {
namespace {

constexpr int kFreeRestarts = 2;
constexpr std::chrono::seconds kFirstWait{5};
constexpr int kMaxDoublings = 6;
constexpr std::chrono::seconds kForgivenAfter{60};

std::chrono::seconds WaitAfter(int ends) {
  if (ends <= kFreeRestarts) return std::chrono::seconds(0);
  return kFirstWait * (1 << std::min(ends - kFreeRestarts - 1, kMaxDoublings));
}

}  // namespace

void RestartBackoff::RecordEnd(TimePoint now) {
  if (last_end_ && now - *last_end_ > WaitAfter(ends_) + kForgivenAfter) ends_ = 0;
  ++ends_;
  last_end_ = now;
}

std::chrono::seconds RestartBackoff::WaitAt(TimePoint now) const {
  if (!last_end_) return std::chrono::seconds(0);
  const auto left = *last_end_ + WaitAfter(ends_) - now;
  return std::max(std::chrono::ceil<std::chrono::seconds>(left), std::chrono::seconds(0));
}

}  // namespace secai::inference
