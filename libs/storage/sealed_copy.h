#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "base/unique_fd.h"
#include "crypto/digest.h"

namespace secai::storage {

// Bytes in memory that nobody can change any more, and their digest. Movable.
struct SealedCopy {
  UniqueFd memory;  // Read-only memfd at offset 0; F_SEAL_WRITE, GROW, SHRINK and SEAL are set.
  std::uint64_t bytes = 0;
  crypto::Digest digest;
};

// Copies the first `bytes` bytes of the regular file `file` into a sealed memfd, hashing what is
// copied.
//
// Blocks while it reads; the file's offset is left alone. Memory: `bytes`, charged to this process
// until every descriptor is closed. Thread-safety: any thread. Errors: kCorrupt when the file holds
// fewer or more than `bytes`; kUnavailable when memory is short; kInternal for a failed system
// call. Source of the seals: memfd_create(2), fcntl(2).
Result<SealedCopy> MakeSealedCopy(int file, std::uint64_t bytes);

// Says whether `fd` is memory of `bytes` bytes with all four seals, open for reading only: what a
// receiver checks. Errors: kCorrupt, naming what is missing.
Result<> CheckSealed(int fd, std::uint64_t bytes);

}  // namespace secai::storage
