#include "base/random.h"

#include <cerrno>
#include <string_view>
#include <vector>

#include <sys/random.h>

#include "base/check.h"

namespace secai {

void SystemRandom::Fill(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    CHECK(got > 0);
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

std::string ToBase32(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz234567";
  std::string text;
  text.reserve((bytes.size() * 8 + 4) / 5);
  std::uint32_t pending = 0;
  unsigned pending_bits = 0;
  for (const std::uint8_t byte : bytes) {
    pending = ((pending << 8U) | byte) & 0xFFFU;  // Never more than 12 bits are pending.
    pending_bits += 8;
    while (pending_bits >= 5) {
      pending_bits -= 5;
      text += kDigits[(pending >> pending_bits) & 31U];
    }
  }
  if (pending_bits > 0) text += kDigits[(pending << (5 - pending_bits)) & 31U];
  return text;
}

std::string RandomToken(Random& random, std::size_t bytes) {
  std::vector<std::uint8_t> buffer(bytes);
  random.Fill(buffer);
  return ToBase32(buffer);
}

}  // namespace secai
