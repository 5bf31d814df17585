#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "registry/model.h"

namespace secai::registry {

// One line of the manifest (docs/formats/registry-manifest.md): a change, signed, that names the
// line before it.
struct ManifestRecord {
  enum class Action : std::uint8_t {
    kBegin,     // The first line; nothing else.
    kAdmit,     // `model` is admitted. A withdrawn one of the same digest is admitted again.
    kWithdraw,  // The model `name` may not be used: its file differs.
    kRemove,    // The model `name` is gone.
  };

  std::uint64_t seq = 0;  // From 0, one more each.
  std::string previous;   // SHA-256 of the line before, in hex; 64 zeros in the first.
  Clock::TimePoint time = {};
  Action action = Action::kBegin;
  std::optional<Model> model = {};  // Of kAdmit.
  std::string name = {};            // Of kWithdraw and kRemove.
  std::string reason = {};          // Of kWithdraw; at most 1,024 bytes.
};

// Largest line, in bytes without newline: an envelope of the largest payload.
inline constexpr std::size_t kMaxManifestLineBytes = std::size_t{1536} << 10;

// The line, signed, without newline. Errors: kInvalidArgument when it is over the limit.
Result<std::string> SignRecord(const ManifestRecord& record, const crypto::Ed25519KeyPair& key);

// Errors: kCorrupt for a wrong signature or form. Nothing is read before the signature was checked.
// Trust: the file may have been changed by anybody who can write it.
Result<ManifestRecord> OpenRecord(std::string_view line, const crypto::Ed25519PublicKey& key);

}  // namespace secai::registry
