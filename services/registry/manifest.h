#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/result.h"
#include "crypto/ed25519.h"
#include "registry/catalog.h"
#include "registry/manifest_record.h"
#include "storage/append_log.h"
#include "storage/fs.h"

namespace secai::registry {

inline constexpr const char* kManifestFileName = "manifest.jsonl";

// The manifest on disk: a signed, hash-chained file that is only added to.
//
// Thread-safety: one thread at a time; blocks. Ownership: borrows the key.
// Errors: kCorrupt naming the line, when a signature, a number or the chain is wrong: then nothing
// of it is used, and nothing is written. kUnavailable from the disk. Limits of the protection:
// whoever can replace key and manifest together, or take away whole lines at the end, is not found
// out here (the audit log holds what was admitted and removed).
class Manifest {
 public:
  struct Opened;

  // Reads and checks the whole file. An absent or empty one begins if `may_begin`, else it is
  // kCorrupt.
  static Result<Opened> Open(storage::Folder* folder, const crypto::Ed25519KeyPair* key,
                             Clock::TimePoint now, bool may_begin);

  // Fills in number, chain and signature, and adds the record. After Ok() it survives power loss.
  Result<> Append(ManifestRecord record);

 private:
  Manifest(storage::AppendLog log, const crypto::Ed25519KeyPair* key)
      : log_(std::move(log)), key_(key), last_line_digest_(64, '0') {}

  storage::AppendLog log_;
  const crypto::Ed25519KeyPair* key_;
  std::uint64_t next_seq_ = 0;
  std::string last_line_digest_;
};

struct Manifest::Opened {
  Manifest manifest;
  Catalog catalog;
};

}  // namespace secai::registry
