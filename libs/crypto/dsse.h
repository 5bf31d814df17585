#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/ed25519.h"

namespace secai::crypto {

// Largest payload of an envelope, in bytes.
inline constexpr std::size_t kMaxDssePayloadBytes = std::size_t{1} << 20;

// Pre-authentication encoding: what is signed, so that a payload of one type can never be taken for
// another. Source: DSSE v1, "PAE".
std::string DssePae(std::string_view payload_type, std::string_view payload);

// {"payload":"<base64>","payloadType":"…","signatures":[{"keyid":"…","sig":"<base64>"}]} without a
// newline. Thread-safety: a pure function.
std::string SignDsse(const Ed25519KeyPair& key, std::string_view payload_type,
                     std::string_view payload);

// The payload of an envelope of exactly that form and type with one signature of that key.
// Errors: kCorrupt, saying which part is wrong. Nothing of the payload is read before the signature
// was checked. Trust: `envelope` may come from anywhere.
Result<std::string> OpenDsse(std::string_view envelope, const Ed25519PublicKey& key,
                             std::string_view payload_type);

}  // namespace secai::crypto
