#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"

namespace secai::crypto {

inline constexpr std::size_t kEd25519SeedBytes = 32;
inline constexpr std::size_t kEd25519PublicKeyBytes = 32;
inline constexpr std::size_t kEd25519SignatureBytes = 64;

using Ed25519PublicKey = std::array<std::uint8_t, kEd25519PublicKeyBytes>;
using Ed25519Signature = std::array<std::uint8_t, kEd25519SignatureBytes>;

// True when `signature` is that key's over `message`. False for everything else: malformed keys and
// keys of small order, under which one signature fits many messages, included (OpenSSL accepts
// those, so this is libsodium's). Source: RFC 8032. Thread-safety: a pure function.
bool VerifyEd25519(const Ed25519PublicKey& public_key, std::string_view message,
                   std::span<const std::uint8_t> signature);

// The public key as other tools read it: SubjectPublicKeyInfo in PEM (RFC 8410).
std::string ToPem(const Ed25519PublicKey& public_key);

// A signing key, kept as its 32-byte seed, which is also how it is stored. Wiped when destroyed.
// Thread-safety: one thread only.
class Ed25519KeyPair {
 public:
  static Ed25519KeyPair Generate(Random& random);

  // `seed` is exactly 32 bytes of a key file. Errors: kCorrupt for another length.
  static Result<Ed25519KeyPair> FromSeed(std::span<const std::uint8_t> seed);

  const Ed25519PublicKey& public_key() const { return public_key_; }
  const SecretKey<kEd25519SeedBytes>& seed() const { return seed_; }

  // Names the key in envelopes: the first 16 hex digits of the SHA-256 of the public key.
  std::string key_id() const;

  Ed25519Signature Sign(std::string_view message) const;

 private:
  explicit Ed25519KeyPair(SecretKey<kEd25519SeedBytes> seed);

  SecretKey<kEd25519SeedBytes> seed_;
  Ed25519PublicKey public_key_ = {};
};

std::string KeyIdOf(const Ed25519PublicKey& public_key);

}  // namespace secai::crypto
