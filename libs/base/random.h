#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace secai {

// Unpredictable bytes as a dependency. Thread-safety: implementations say; SystemRandom is safe
// from any thread.
class Random {
 public:
  Random() = default;
  Random(const Random&) = delete;
  Random& operator=(const Random&) = delete;
  virtual ~Random() = default;

  // Fills all of `bytes`; cannot fail (SystemRandom ends the process rather than give weak bytes).
  virtual void Fill(std::span<std::uint8_t> bytes) = 0;
};

// getrandom(2), blocking only before the kernel's pool is first seeded. Only main.cc makes one.
class SystemRandom final : public Random {
 public:
  void Fill(std::span<std::uint8_t> bytes) override;
};

// A name nobody can guess: `bytes` random bytes in lower-case base32 without padding (a-z, 2-7; RFC
// 4648 section 6), 8 characters per 5 bytes, rounded up. 20 bytes give 32 characters and 160 bits.
std::string RandomToken(Random& random, std::size_t bytes = 20);

// The base32 text of `bytes`, as above.
std::string ToBase32(std::span<const std::uint8_t> bytes);

}  // namespace secai
