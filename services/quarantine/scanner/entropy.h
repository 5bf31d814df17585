#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace secai::quarantine {

// A blob of twice this size at any offset fills at least one window.
inline constexpr std::size_t kEntropyWindowBytes = std::size_t{32} << 10;
inline constexpr std::size_t kMinEntropyWindowBytes = kEntropyWindowBytes / 2;

// How often each byte stands in `bytes`, added to `counts`. About 1.5 GB/s.
using ByteCounts = std::array<std::uint32_t, 256>;
void CountBytes(std::span<const std::uint8_t> bytes, ByteCounts* counts);

// Shannon entropy in bits a byte, 0 to 8. `total` is the sum of `counts`, at least 1.
double EntropyOf(const ByteCounts& counts, std::size_t total);

// Entropy of a stream in windows of kEntropyWindowBytes, side by side (rule P-5).
//
// Each piece comes with the limit of its tensor type; a window that holds pieces of several types
// has the highest of their limits. The last window counts when it has at least
// kMinEntropyWindowBytes, with a limit lowered by what fewer bytes can show (255/(2n ln 2)).
// Thread-safety: one thread.
class WindowedEntropy {
 public:
  struct Window {
    std::uint64_t offset = 0;  // In the stream.
    double entropy = 0;
    double limit = 0;
  };

  void Push(std::span<const std::uint8_t> bytes, double limit);
  void Finish();

  // The first window over its limit, and how many there are.
  const std::optional<Window>& first_over() const { return first_over_; }
  std::uint64_t windows_over() const { return windows_over_; }
  double highest() const { return highest_; }

 private:
  void Close();

  ByteCounts counts_ = {};
  std::size_t filled_ = 0;
  std::uint64_t start_ = 0;
  double limit_ = 0;
  double highest_ = 0;
  std::optional<Window> first_over_;
  std::uint64_t windows_over_ = 0;
};

}  // namespace secai::quarantine
