#include "inference/fit.h"

namespace secai::inference {
namespace {

// The program, its vocabulary and what the engine keeps beside its large buffers: 16 MiB with
// 49,152 tokens (measured against ru_maxrss).
constexpr std::uint64_t kProcessBytes = std::uint64_t{16} << 20;

}  // namespace

std::uint64_t ModelNeed::peak_bytes() const {
  return file_bytes + weights_bytes + context_bytes + compute_bytes + kProcessBytes;
}

std::string_view FitName(Fit fit) {
  switch (fit) {
    case Fit::kFits:
      return "fits";
    case Fit::kTight:
      return "tight";
    case Fit::kNo:
      break;
  }
  return "no";
}

Fit JudgeFit(std::uint64_t peak, std::uint64_t available, std::uint64_t reserve) {
  if (available < reserve || peak > available - reserve) return Fit::kNo;
  return peak > available - reserve - available / 10 || available - reserve < available / 10
             ? Fit::kTight
             : Fit::kFits;
}

}  // namespace secai::inference
