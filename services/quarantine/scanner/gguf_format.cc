#include "quarantine/scanner/gguf_format.h"

#include <algorithm>

namespace secai::quarantine {
namespace {

using enum Encoding;

// Offsets of scales: f16 "d", or "d" and "m"/"dmin".
constexpr auto kTypes = std::to_array<TensorType>({
    {0, "F32", 1, 4, kF32, 0, {}, 7.90},
    {1, "F16", 1, 2, kF16, 0, {}, 7.90},
    {2, "Q4_0", 32, 18, kBlocks, 1, {0}, 7.90},
    {3, "Q4_1", 32, 20, kBlocks, 2, {0, 2}, 7.93},
    {6, "Q5_0", 32, 22, kBlocks, 1, {0}, 7.98},
    {7, "Q5_1", 32, 24, kBlocks, 2, {0, 2}, 7.96},
    {8, "Q8_0", 32, 34, kBlocksQ8, 1, {0}, 7.93},
    {10, "Q2_K", 256, 84, kBlocks, 2, {80, 82}, 7.93},
    {11, "Q3_K", 256, 110, kBlocks, 1, {108}, 7.986},
    {12, "Q4_K", 256, 144, kBlocks, 2, {0, 2}, 7.93},
    {13, "Q5_K", 256, 176, kBlocks, 2, {0, 2}, 7.988},
    {14, "Q6_K", 256, 210, kBlocks, 1, {208}, 7.975},
    {16, "IQ2_XXS", 256, 66, kBlocks, 1, {0}, 7.98},
    {17, "IQ2_XS", 256, 74, kBlocks, 1, {0}, 7.98},
    {18, "IQ3_XXS", 256, 98, kBlocks, 1, {0}, 7.975},
    {19, "IQ1_S", 256, 50, kBlocks, 1, {0}, 7.98},
    {20, "IQ4_NL", 32, 18, kBlocks, 1, {0}, 7.95},
    {21, "IQ3_S", 256, 110, kBlocks, 1, {0}, 7.98},
    {22, "IQ2_S", 256, 82, kBlocks, 1, {0}, 7.982},
    {23, "IQ4_XS", 256, 136, kBlocks, 1, {0}, 7.95},
    {24, "I8", 1, 1, kOpaque, 0, {}, 7.93},
    {25, "I16", 1, 2, kOpaque, 0, {}, 7.97},
    {26, "I32", 1, 4, kOpaque, 0, {}, 7.97},
    {27, "I64", 1, 8, kOpaque, 0, {}, 7.97},
    {28, "F64", 1, 8, kF64, 0, {}, 7.97},
    {29, "IQ1_M", 256, 56, kBlocksIq1m, 0, {}, 7.985},
    {30, "BF16", 1, 2, kBf16, 0, {}, 7.50},
    {34, "TQ1_0", 256, 54, kBlocks, 1, {52}, 7.90},
    {35, "TQ2_0", 256, 66, kBlocks, 1, {64}, 7.90},
    {39, "MXFP4", 32, 17, kBlocksE8m0, 0, {}, 7.90},
    {40, "NVFP4", 64, 36, kBlocksUe4m3, 0, {}, 7.90},
    {41, "Q1_0", 128, 18, kBlocks, 1, {0}, 7.96},
    {42, "Q2_0", 64, 18, kBlocks, 1, {0}, 7.90},
});

// Source: enum llama_ftype of the engine.
constexpr std::string_view kFileTypes[] = {
    "F32",   "F16",     "Q4_0",   "Q4_1",   "",       "",        "",       "Q8_0",   "Q5_0",
    "Q5_1",  "Q2_K",    "Q3_K_S", "Q3_K_M", "Q3_K_L", "Q4_K_S",  "Q4_K_M", "Q5_K_S", "Q5_K_M",
    "Q6_K",  "IQ2_XXS", "IQ2_XS", "Q2_K_S", "IQ3_XS", "IQ3_XXS", "IQ1_S",  "IQ4_NL", "IQ3_S",
    "IQ3_M", "IQ2_S",   "IQ2_M",  "IQ4_XS", "IQ1_M",  "BF16",    "",       "",       "",
    "TQ1_0", "TQ2_0",   "MXFP4",  "NVFP4",  "Q1_0",   "Q2_0"};

}  // namespace

std::size_t GgufTypeBytes(GgufType type) {
  switch (type) {
    case GgufType::kU8:
    case GgufType::kI8:
    case GgufType::kBool:
      return 1;
    case GgufType::kU16:
    case GgufType::kI16:
      return 2;
    case GgufType::kU32:
    case GgufType::kI32:
    case GgufType::kF32:
      return 4;
    case GgufType::kU64:
    case GgufType::kI64:
    case GgufType::kF64:
      return 8;
    case GgufType::kString:
    case GgufType::kArray:
      return 0;
  }
  return 0;
}

const TensorType* FindTensorType(std::uint32_t id) {
  const auto* const found = std::ranges::find(kTypes, id, &TensorType::id);
  return found == kTypes.end() ? nullptr : found;
}

std::string_view FileTypeName(std::uint64_t file_type) {
  return file_type < std::size(kFileTypes) ? kFileTypes[file_type] : std::string_view();
}

}  // namespace secai::quarantine
