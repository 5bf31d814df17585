#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "quarantine/scanner/encoding.h"

namespace secai::quarantine {

// What the checks of stage 5 need to know of one tensor.
struct DataLayout {
  Encoding encoding = Encoding::kOpaque;
  std::uint32_t block_bytes = 1;  // Of one element or block.
  std::uint8_t scale_count = 0;   // f16 scales of a block, at scale_offsets.
  std::array<std::uint8_t, 2> scale_offsets = {};
};

// Index of the first element or block in `bytes` that is broken: a float that is NaN or infinite, a
// block whose scale is, a boolean that is not 0 or 1. Looks at whole blocks only.
// Thread-safety: pure. Cost: several GB/s (floats), one or two loads a block.
std::optional<std::size_t> FindBroken(const DataLayout& layout,
                                      std::span<const std::uint8_t> bytes);

// The same over a tensor that comes in pieces, cut anywhere.
class BrokenFinder {
 public:
  explicit BrokenFinder(const DataLayout& layout) : layout_(layout) {}

  void Push(std::span<const std::uint8_t> bytes);
  // Offset of the first broken element or block, in bytes from the start of the tensor.
  std::optional<std::uint64_t> broken() const { return broken_; }

 private:
  void Check(std::span<const std::uint8_t> bytes);

  DataLayout layout_;
  std::vector<std::uint8_t> part_;  // Of a block that goes on in the next piece.
  std::uint64_t checked_ = 0;       // Bytes of whole blocks before.
  std::optional<std::uint64_t> broken_;
};

}  // namespace secai::quarantine
