#include "quarantine/smoke/nonce.h"

#include <algorithm>
#include <cstdint>
#include <span>

#include "base/base64.h"
#include "base/hex.h"

namespace secai::quarantine {
namespace {

constexpr std::size_t kSecretBytes = 7;  // Gives 12 characters.
constexpr std::size_t kSecretCharacters = 10;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

char Rot13(char c) {
  if (c < 'a' || c > 'z') return c;
  return static_cast<char>('a' + (c - 'a' + 13) % 26);
}

std::span<const std::uint8_t> Bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string MakeSecret(Random& random) {
  return RandomToken(random, kSecretBytes).substr(0, kSecretCharacters);
}

}  // namespace

SmokeSecrets MakeSecrets(Random& random) {
  return {MakeSecret(random), MakeSecret(random), MakeSecret(random)};
}

std::string NormalizeText(std::string_view text) {
  std::string normal;
  for (const char c : text) {
    const char low = Lower(c);
    if ((low >= 'a' && low <= 'z') || (low >= '0' && low <= '9')) normal.push_back(low);
  }
  return normal;
}

bool ContainsSecret(std::string_view text, std::string_view secret) {
  const std::string normal = NormalizeText(text);
  std::string rotated(secret);
  std::transform(rotated.begin(), rotated.end(), rotated.begin(), Rot13);
  const std::string reversed(secret.rbegin(), secret.rend());
  std::string base64 = ToBase64(Bytes(secret));
  base64.erase(base64.find_last_not_of('=') + 1);
  return normal.find(secret) != std::string::npos || normal.find(reversed) != std::string::npos ||
         normal.find(rotated) != std::string::npos ||
         normal.find(ToHex(Bytes(secret))) != std::string::npos ||
         text.find(base64) != std::string_view::npos;
}

}  // namespace secai::quarantine
