#include "quarantine/scanner/entropy.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

namespace secai::quarantine {

void CountBytes(std::span<const std::uint8_t> bytes, ByteCounts* counts) {
  // Four tables, so that equal neighbours do not wait for one another's store.
  std::array<ByteCounts, 4> tables = {};
  std::size_t at = 0;
  for (; bytes.size() - at >= 8; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    ++tables[0].data()[word & 0xff];
    ++tables[1].data()[word >> 8 & 0xff];
    ++tables[2].data()[word >> 16 & 0xff];
    ++tables[3].data()[word >> 24 & 0xff];
    ++tables[0].data()[word >> 32 & 0xff];
    ++tables[1].data()[word >> 40 & 0xff];
    ++tables[2].data()[word >> 48 & 0xff];
    ++tables[3].data()[word >> 56];
  }
  for (; at < bytes.size(); ++at) ++tables[0][bytes[at]];
  for (std::size_t i = 0; i < counts->size(); ++i) {
    (*counts)[i] += tables[0][i] + tables[1][i] + tables[2][i] + tables[3][i];
  }
}

double EntropyOf(const ByteCounts& counts, std::size_t total) {
  double sum = 0;
  for (const std::uint32_t count : counts) {
    if (count != 0) sum += count * std::log2(static_cast<double>(count));
  }
  const auto n = static_cast<double>(total);
  return std::max(std::log2(n) - sum / n, 0.0);  // Rounding may fall below.
}

void WindowedEntropy::Push(std::span<const std::uint8_t> bytes, double limit) {
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(bytes.size(), kEntropyWindowBytes - filled_));
    CountBytes(piece, &counts_);
    filled_ += piece.size();
    limit_ = std::max(limit_, limit);
    if (filled_ == kEntropyWindowBytes) Close();
    bytes = bytes.subspan(piece.size());
  }
}

void WindowedEntropy::Finish() {
  if (filled_ >= kMinEntropyWindowBytes) Close();
}

void WindowedEntropy::Close() {
  const double entropy = EntropyOf(counts_, filled_);
  const auto bias = [](std::size_t n) {
    return 255.0 / (2.0 * static_cast<double>(n) * std::numbers::ln2);
  };
  const double limit = limit_ + bias(kEntropyWindowBytes) - bias(filled_);
  highest_ = std::max(highest_, entropy);
  if (entropy > limit) {
    if (!first_over_.has_value()) first_over_ = Window{start_, entropy, limit};
    ++windows_over_;
  }
  start_ += filled_;
  filled_ = 0;
  limit_ = 0;
  counts_ = {};
}

}  // namespace secai::quarantine
