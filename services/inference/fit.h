#pragma once

#include <cstdint>
#include <string_view>

namespace secai::inference {

// What a model needs, in bytes, as a worker has told it (worker.estimate).
struct ModelNeed {
  std::uint64_t file_bytes = 0;     // The sealed copy, which lives until loading has ended.
  std::uint64_t weights_bytes = 0;  // In the worker, repacked.
  std::uint64_t context_bytes = 0;
  std::uint64_t compute_bytes = 0;

  // At the end of loading, when all is there at once: the most it ever is.
  std::uint64_t peak_bytes() const;
};

enum class Fit : std::uint8_t { kFits, kTight, kNo };
std::string_view FitName(Fit fit);

// kNo when `peak` does not leave `reserve` of `available`; kTight when less than a tenth of
// `available` would be left beside it. Pure function.
Fit JudgeFit(std::uint64_t peak, std::uint64_t available, std::uint64_t reserve);

}  // namespace secai::inference
