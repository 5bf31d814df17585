#pragma once

#include "base/random.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "storage/fs.h"

namespace secai::registry {

// The signing key in the file "key" (32 bytes, mode 0600), and its public half in "key.pub" (PEM)
// for whoever checks the manifest with other tools. A missing key is made if `may_make`. Errors:
// kCorrupt for a missing key otherwise, or one of another length. Blocks.
Result<crypto::Ed25519KeyPair> LoadKey(storage::Folder* folder, Random* random, bool may_make);

}  // namespace secai::registry
