#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace secai::crypto {

inline constexpr std::size_t kDigestBytes = 32;

// A SHA-256 digest: exactly 32 bytes. The only thing that content-addressed paths are made of, so
// that no text from outside can become a path. Plain value; thread-compatible.
class Digest {
 public:
  explicit Digest(std::span<const std::uint8_t, kDigestBytes> bytes);

  // From exactly 64 lower-case hex digits. Errors: kInvalidArgument.
  static Result<Digest> Parse(std::string_view text);

  const std::array<std::uint8_t, kDigestBytes>& bytes() const { return bytes_; }
  std::string ToHex() const;  // 64 lower-case hex digits.

  // Digests are public, so comparison need not take constant time.
  friend auto operator<=>(const Digest&, const Digest&) = default;

 private:
  std::array<std::uint8_t, kDigestBytes> bytes_;
};

}  // namespace secai::crypto

template <>
struct std::hash<secai::crypto::Digest> {
  std::size_t operator()(const secai::crypto::Digest& digest) const noexcept {
    std::size_t value = 0;  // The bytes are uniform already.
    std::memcpy(&value, digest.bytes().data(), sizeof(value));
    return value;
  }
};
