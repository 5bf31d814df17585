#include "crypto/ed25519.h"

#include <utility>
#include <vector>

#include <sodium.h>

#include "base/base64.h"
#include "base/check.h"
#include "crypto/sha256.h"

namespace secai::crypto {
namespace {

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// libsodium's form of a private key: the seed, then the public key.
using ExpandedKey = SecretKey<crypto_sign_SECRETKEYBYTES>;

ExpandedKey Expand(const SecretKey<kEd25519SeedBytes>& seed, Ed25519PublicKey* public_key) {
  CHECK(sodium_init() >= 0);
  ExpandedKey key;
  CHECK(crypto_sign_seed_keypair(public_key->data(), key.RevealForWriting().data(),
                                 seed.Reveal().data()) == 0);
  return key;
}

}  // namespace

bool VerifyEd25519(const Ed25519PublicKey& public_key, std::string_view message,
                   std::span<const std::uint8_t> signature) {
  CHECK(sodium_init() >= 0);
  return signature.size() == kEd25519SignatureBytes &&
         crypto_sign_verify_detached(signature.data(), Bytes(message), message.size(),
                                     public_key.data()) == 0;
}

std::string ToPem(const Ed25519PublicKey& public_key) {
  // RFC 8410 section 4: SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING } before the 32 bytes.
  std::vector<std::uint8_t> der = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                   0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
  der.insert(der.end(), public_key.begin(), public_key.end());
  return "-----BEGIN PUBLIC KEY-----\n" + ToBase64(der) + "\n-----END PUBLIC KEY-----\n";
}

std::string KeyIdOf(const Ed25519PublicKey& public_key) {
  return Sha256::Of(std::span<const std::uint8_t>(public_key)).ToHex().substr(0, 16);
}

Ed25519KeyPair::Ed25519KeyPair(SecretKey<kEd25519SeedBytes> seed) : seed_(std::move(seed)) {
  const ExpandedKey wiped = Expand(seed_, &public_key_);
}

Ed25519KeyPair Ed25519KeyPair::Generate(Random& random) {
  SecretKey<kEd25519SeedBytes> seed;
  random.Fill(seed.RevealForWriting());
  return Ed25519KeyPair(std::move(seed));
}

Result<Ed25519KeyPair> Ed25519KeyPair::FromSeed(std::span<const std::uint8_t> seed) {
  if (seed.size() != kEd25519SeedBytes) {
    return Fail(ErrorCode::kCorrupt, "a signing key must be exactly 32 bytes");
  }
  return Ed25519KeyPair(SecretKey<kEd25519SeedBytes>(seed.first<kEd25519SeedBytes>()));
}

std::string Ed25519KeyPair::key_id() const { return KeyIdOf(public_key_); }

Ed25519Signature Ed25519KeyPair::Sign(std::string_view message) const {
  Ed25519PublicKey same = {};
  const ExpandedKey key = Expand(seed_, &same);
  Ed25519Signature signature = {};
  CHECK(crypto_sign_detached(signature.data(), nullptr, Bytes(message), message.size(),
                             key.Reveal().data()) == 0);
  return signature;
}

}  // namespace secai::crypto
