#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "quarantine/scanner/encoding.h"

namespace secai::quarantine {

// Types of metadata values, by number. Source: GGUF specification, version 3.
enum class GgufType : std::uint32_t {
  kU8 = 0,
  kI8 = 1,
  kU16 = 2,
  kI16 = 3,
  kU32 = 4,
  kI32 = 5,
  kF32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kU64 = 10,
  kI64 = 11,
  kF64 = 12,
};
inline constexpr std::uint32_t kGgufTypeCount = 13;

// Bytes of one value; 0 for strings and arrays.
std::size_t GgufTypeBytes(GgufType type);

// A tensor type that may stand in a file.
struct TensorType {
  std::uint32_t id = 0;
  std::string_view name;
  std::uint32_t block_elements = 1;
  std::uint32_t block_bytes = 1;
  Encoding encoding = Encoding::kOpaque;
  std::uint8_t scale_count = 0;  // f16 scales of a block.
  std::array<std::uint8_t, 2> scale_offsets = {};
  // P-5: the highest entropy of an honest 32 KiB window, in bits a byte (entropy.h says how
  // measured).
  double max_entropy = 7.985;
};

// Nothing for types that were removed, are internal to the engine, or do not exist (rule G-T8).
// Source: quarantine rule catalogue 5.1, checked against the engine by a test.
const TensorType* FindTensorType(std::uint32_t id);

// "Q4_K_M" for general.file_type 15; empty when unknown.
std::string_view FileTypeName(std::uint64_t file_type);

}  // namespace secai::quarantine
