#include "quarantine/scanner/float_check.h"

#include <algorithm>
#include <cstring>

namespace secai::quarantine {
namespace {

using Span = std::span<const std::uint8_t>;

// Searched in pieces, so that the test for "any in this piece" is a plain loop that compilers turn
// into vector code.
constexpr std::size_t kPieceElements = 4096;

template <typename Word, typename IsBroken>
std::optional<std::size_t> FindWord(Span bytes, IsBroken is_broken) {
  const std::size_t count = bytes.size() / sizeof(Word);
  const auto load = [&](std::size_t i) {
    Word word = 0;
    std::memcpy(&word, bytes.data() + i * sizeof(Word), sizeof(Word));  // Little-endian hosts only.
    return word;
  };
  for (std::size_t begin = 0; begin < count; begin += kPieceElements) {
    const std::size_t end = std::min(count, begin + kPieceElements);
    Word any = 0;
    for (std::size_t i = begin; i < end; ++i) {
      any = static_cast<Word>(any | (is_broken(load(i)) ? Word{1} : Word{0}));
    }
    if (any == 0) continue;
    for (std::size_t i = begin; i < end; ++i) {
      if (is_broken(load(i))) return i;
    }
  }
  return std::nullopt;
}

template <typename Word>
std::optional<std::size_t> FindExponent(Span bytes, Word mask) {
  return FindWord<Word>(bytes, [mask](Word word) { return (word & mask) == mask; });
}

constexpr std::uint16_t kF16Exponent = 0x7c00;

std::uint16_t Half(Span bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] | bytes[at + 1] << 8);
}

template <typename IsBroken>
std::optional<std::size_t> FindBlock(const DataLayout& layout, Span bytes, IsBroken is_broken) {
  const std::size_t count = bytes.size() / layout.block_bytes;
  for (std::size_t i = 0; i < count; ++i) {
    if (is_broken(bytes.subspan(i * layout.block_bytes, layout.block_bytes))) return i;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::size_t> FindBroken(const DataLayout& layout,
                                      std::span<const std::uint8_t> bytes) {
  switch (layout.encoding) {
    case Encoding::kOpaque:
      return std::nullopt;
    case Encoding::kF16:
      return FindExponent<std::uint16_t>(bytes, kF16Exponent);
    case Encoding::kBf16:
      return FindExponent<std::uint16_t>(bytes, 0x7f80);
    case Encoding::kF32:
      return FindExponent<std::uint32_t>(bytes, 0x7f80'0000);
    case Encoding::kF64:
      return FindExponent<std::uint64_t>(bytes, 0x7ff0'0000'0000'0000);
    case Encoding::kF8E4m3:
      return FindExponent<std::uint8_t>(bytes, 0x7f);
    case Encoding::kF8E5m2:
      return FindExponent<std::uint8_t>(bytes, 0x7c);
    case Encoding::kF8Fnuz:
      return FindWord<std::uint8_t>(bytes, [](std::uint8_t byte) { return byte == 0x80; });
    case Encoding::kE8m0:
      return FindWord<std::uint8_t>(bytes, [](std::uint8_t byte) { return byte == 0xff; });
    case Encoding::kBool:
      return FindWord<std::uint8_t>(bytes, [](std::uint8_t byte) { return byte > 1; });
    case Encoding::kBlocks:
    case Encoding::kBlocksQ8: {
      const bool is_unsigned = layout.encoding == Encoding::kBlocksQ8;
      return FindBlock(layout, bytes, [&](Span block) {
        for (std::size_t i = 0; i < layout.scale_count; ++i) {
          const std::uint16_t scale = Half(block, layout.scale_offsets[i]);
          if ((scale & kF16Exponent) == kF16Exponent) return true;
          if (is_unsigned && scale > 0x8000) return true;
        }
        return false;
      });
    }
    case Encoding::kBlocksE8m0:
      return FindBlock(layout, bytes, [](Span block) { return block[0] == 0xff; });
    case Encoding::kBlocksIq1m:
      return FindBlock(layout, bytes, [](Span block) {
        // The top four bits of the four words make one f16, lowest first.
        const auto scale = Half(block, 48) >> 12 | (Half(block, 50) >> 8 & 0xf0) |
                           (Half(block, 52) >> 4 & 0xf00) | (Half(block, 54) & 0xf000);
        return (scale & kF16Exponent) == kF16Exponent;
      });
    case Encoding::kBlocksUe4m3:
      return FindBlock(layout, bytes, [](Span block) {
        return std::ranges::any_of(block.first(4),
                                   [](std::uint8_t scale) { return (scale & 0x7f) == 0x7f; });
      });
  }
  return std::nullopt;
}

void BrokenFinder::Push(std::span<const std::uint8_t> bytes) {
  if (broken_.has_value() || layout_.encoding == Encoding::kOpaque) return;
  if (!part_.empty()) {
    const std::size_t missing = layout_.block_bytes - part_.size();
    const std::size_t taken = std::min(missing, bytes.size());
    part_.insert(part_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
    bytes = bytes.subspan(taken);
    if (taken < missing) return;
    Check(part_);
    part_.clear();
  }
  const std::size_t whole = bytes.size() / layout_.block_bytes * layout_.block_bytes;
  Check(bytes.first(whole));
  part_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(whole), bytes.end());
}

void BrokenFinder::Check(std::span<const std::uint8_t> bytes) {
  const auto found = FindBroken(layout_, bytes);
  if (found.has_value() && !broken_.has_value()) {
    broken_ = checked_ + *found * layout_.block_bytes;
  }
  checked_ += bytes.size();
}

}  // namespace secai::quarantine
