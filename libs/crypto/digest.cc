#include "crypto/digest.h"

#include <algorithm>

#include "base/hex.h"

namespace secai::crypto {

Digest::Digest(std::span<const std::uint8_t, kDigestBytes> bytes) : bytes_() {
  std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

Result<Digest> Digest::Parse(std::string_view text) {
  std::array<std::uint8_t, kDigestBytes> bytes = {};
  if (auto parsed = FromHexInto(text, bytes); !parsed.has_value()) {
    return tl::unexpected<Error>(std::move(parsed).error().Wrap("a SHA-256 digest"));
  }
  return Digest(bytes);
}

std::string Digest::ToHex() const { return secai::ToHex(bytes_); }

}  // namespace secai::crypto
