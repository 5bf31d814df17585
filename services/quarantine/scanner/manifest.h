#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/digest.h"

namespace secai::quarantine {

// One tensor in the manifest.
struct ManifestEntry {
  std::string_view name;  // As the file has it.
  crypto::Digest digest;  // SHA-256 of its bytes.
};

// "sha256-merkle-1:<root in hex>:<number of tensors>" over the tensors in the order of the file.
//
// leaf = SHA-256(0x00 | u64 length of name | name | digest), node = SHA-256(0x01 | left | right),
// an odd last node goes up as it is. So a change of any byte of any tensor, of a name or of the
// order changes it, and one tensor can be proven against it. Little-endian length. No tensor: the
// root is that of no bytes, SHA-256(0x00).
std::string MakeManifest(std::span<const ManifestEntry> entries);

}  // namespace secai::quarantine
