#pragma once

#include <cstdint>

#include "sandbox/profile.h"

// Short forms of ArgumentCheck, for the files in powers/.
namespace secai::sandbox {

// The argument, read by the kernel as a 32-bit number, is `value`.
constexpr ArgumentCheck Is(unsigned index, std::uint64_t value) {
  return {.index = index, .mask = kLow32Bits, .value = value & kLow32Bits};
}

// The pointer argument is null.
constexpr ArgumentCheck IsNull(unsigned index) { return {.index = index, .value = 0}; }

// None of `bits` is set.
constexpr ArgumentCheck HasNone(unsigned index, std::uint64_t bits) {
  return {.index = index, .mask = bits, .value = 0};
}

// Of the bits in `mask`, exactly `value` is set.
constexpr ArgumentCheck Masked(unsigned index, std::uint64_t mask, std::uint64_t value) {
  return {.index = index, .mask = mask, .value = value};
}

// All bits of the argument, read as a 32-bit number, are among `bits`.
constexpr ArgumentCheck HasOnly(unsigned index, std::uint64_t bits) {
  return HasNone(index, ~bits & kLow32Bits);
}

}  // namespace secai::sandbox
