#pragma once

#include <array>
#include <cstdint>

namespace secai::quarantine {

// How the bytes of a tensor encode its numbers, as far as the checks of stage 5 care.
enum class Encoding : std::uint8_t {
  kOpaque,  // Integers, and packings without a scale that could be broken.
  kF16,
  kBf16,
  kF32,
  kF64,
  kF8E4m3,       // 0x7F and 0xFF are NaN.
  kF8E5m2,       // As f16, cut.
  kF8Fnuz,       // 0x80 is NaN.
  kE8m0,         // Every byte an exponent; 0xFF is NaN.
  kBool,         // Every byte 0 or 1.
  kBlocks,       // Blocks with f16 scales.
  kBlocksQ8,     // As kBlocks, and the scale is never negative.
  kBlocksE8m0,   // Blocks with one exponent at 0: 0xFF is NaN.
  kBlocksIq1m,   // The f16 scale is spread over the top four bits of the four u16 at 48.
  kBlocksUe4m3,  // Blocks with four scales at 0 to 3: 0x7F and 0xFF are NaN.
};

// Rule P-5: entropy of windows of 32 KiB, in bits a byte. Uniformly random bytes (encrypted or well
// compressed data) measure 7.9924 to 7.9960 (2,000 windows); the theory is 8 - 255/(2n ln 2)
// = 7.9944. Measured for each type: three public models (Q4_1 7.73, Q8_0 7.64, Q4_K 7.80,
// Q5_0 7.956, Q6_K 7.930, F32 7.42) and normal and heavy-tailed random weights packed by the engine
// itself (Q5_K 7.980, Q3_K 7.975, IQ1_M 7.968, Q5_0 7.960, IQ2_S 7.955, ...). Each type's limit
// lies between its own highest value and random, with at least half of the distance to spare; where
// there is room it is 7.90 to 7.93.
inline constexpr double kMaxEntropy = 7.988;  // No type may have more.

}  // namespace secai::quarantine
