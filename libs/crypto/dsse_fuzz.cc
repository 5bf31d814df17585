// Invariant: an envelope that opens holds exactly the payload that this key signed: signing it
// again gives an envelope that opens to the same bytes, and no other key opens it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/testing/fake_random.h"
#include "crypto/dsse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using secai::crypto::Ed25519KeyPair;
  constexpr std::string_view kType = "application/vnd.test+json";
  secai::FakeRandom random;
  const Ed25519KeyPair key = Ed25519KeyPair::Generate(random);
  const Ed25519KeyPair other = Ed25519KeyPair::Generate(random);
  const std::string_view envelope(reinterpret_cast<const char*>(data), size);
  const auto payload = secai::crypto::OpenDsse(envelope, key.public_key(), kType);
  if (!payload.has_value()) return 0;
  if (secai::crypto::OpenDsse(envelope, other.public_key(), kType).has_value()) std::abort();
  const auto again = secai::crypto::OpenDsse(secai::crypto::SignDsse(key, kType, *payload),
                                             key.public_key(), kType);
  if (!again.has_value() || *again != *payload) std::abort();
  return 0;
}
