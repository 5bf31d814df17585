#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "audit/api/audit_client.h"
#include "audit/entry.h"
#include "base/result.h"
#include "storage/fs.h"

namespace secai::audit {

// A page of the log.
struct TailPage {
  std::vector<Entry> entries;    // In the order of the log.
  std::uint64_t oldest_seq = 0;  // How far back was looked; 0 = to the beginning (or to after_seq).
  std::uint64_t damaged_lines = 0;  // Lines on the way that are no entries.
};

// What one call may cost: it looks at no more of the log, and gives no more.
struct TailLimits {
  std::uint64_t max_scanned_bytes = std::uint64_t{64} << 20;
  std::size_t max_answer_bytes = std::size_t{768} << 10;  // Fits into a frame of 1 MiB.
};

// Reads backwards from `end`, which is 0 or just behind a newline of the log; so the newest entries
// cost the same whatever the size of the log. Damaged lines are counted and passed over.
// Thread-safety: a pure function over `file`. Blocks. Errors: kUnavailable from the disk.
// Trust: the file may have been changed by anybody who can write it.
Result<TailPage> ReadTail(storage::File* file, std::uint64_t end, const TailRequest& request,
                          const TailLimits& limits = {});

}  // namespace secai::audit
