#pragma once

#include <cstdint>
#include <span>

namespace secai::quarantine {

// The checksums that archive headers carry; small inputs only (a byte at a time).
std::uint32_t Crc32(std::span<const std::uint8_t> bytes);                             // IEEE 802.3.
std::uint32_t XxHash32(std::span<const std::uint8_t> bytes, std::uint32_t seed = 0);  // < 16 bytes.

}  // namespace secai::quarantine
