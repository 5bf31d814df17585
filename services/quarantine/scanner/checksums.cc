#include "quarantine/scanner/checksums.h"

#include <bit>
#include <cstddef>

namespace secai::quarantine {

std::uint32_t Crc32(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0);
  }
  return ~crc;
}

// Only the tail of the published algorithm: an LZ4 frame descriptor has at most 14 bytes.
std::uint32_t XxHash32(std::span<const std::uint8_t> bytes, std::uint32_t seed) {
  constexpr std::uint32_t kPrime1 = 2654435761U;
  constexpr std::uint32_t kPrime2 = 2246822519U;
  constexpr std::uint32_t kPrime3 = 3266489917U;
  constexpr std::uint32_t kPrime4 = 668265263U;
  constexpr std::uint32_t kPrime5 = 374761393U;
  if (bytes.size() >= 16) bytes = bytes.first(15);
  std::uint32_t hash = seed + kPrime5 + static_cast<std::uint32_t>(bytes.size());
  std::size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    const std::uint32_t word = bytes[at] | (std::uint32_t{bytes[at + 1]} << 8) |
                               (std::uint32_t{bytes[at + 2]} << 16) |
                               (std::uint32_t{bytes[at + 3]} << 24);
    hash = std::rotl(hash + word * kPrime3, 17) * kPrime4;
  }
  for (; at < bytes.size(); ++at) hash = std::rotl(hash + bytes[at] * kPrime5, 11) * kPrime1;
  hash = (hash ^ (hash >> 15)) * kPrime2;
  hash = (hash ^ (hash >> 13)) * kPrime3;
  return hash ^ (hash >> 16);
}

}  // namespace secai::quarantine
