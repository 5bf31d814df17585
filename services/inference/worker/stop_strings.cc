#include "inference/worker/stop_strings.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace secai::inference {

StopStrings::StopStrings(std::vector<std::string> stops) : stops_(std::move(stops)) {
  std::erase(stops_, "");
  std::ranges::sort(stops_, std::ranges::greater(), &std::string::size);
}

std::string StopStrings::Push(std::string_view piece) {
  if (stopped_) return {};
  if (stops_.empty()) return std::string(piece);
  held_ += piece;

  std::size_t first = std::string::npos;
  for (const std::string& stop : stops_) {
    const std::size_t at = held_.find(stop);
    if (at < first) {
      first = at;
      stopped_ = stop;
    }
  }
  if (stopped_) {
    held_.resize(first);
    return std::exchange(held_, {});
  }

  // Keep the longest end that begins some stop text.
  std::size_t keep = 0;
  for (const std::string& stop : stops_) {
    for (std::size_t n = std::min(stop.size() - 1, held_.size()); n > keep; --n) {
      if (held_.ends_with(std::string_view(stop).substr(0, n))) keep = n;
    }
  }
  std::string ready = held_.substr(0, held_.size() - keep);
  held_.erase(0, held_.size() - keep);
  return ready;
}

std::string StopStrings::Finish() { return std::exchange(held_, {}); }

}  // namespace secai::inference
