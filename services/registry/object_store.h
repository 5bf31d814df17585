#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <utility>

#include "base/result.h"
#include "base/unique_fd.h"
#include "crypto/digest.h"
#include "storage/fs.h"

namespace secai::registry {

// How hard a file is read.
enum class Pace : std::uint8_t {
  kFull,
  kGentle,  // A quarter of the time, so that a chat is not slowed down.
};

// The files of the models, each named by its digest and nothing else, mode 0400.
//
// Thread-safety: over a DirFolder any thread, one Put() at a time per digest. Every call blocks.
// Errors: kCorrupt when bytes are not what they should be; kUnavailable from the disk.
class ObjectStore {
 public:
  explicit ObjectStore(std::unique_ptr<storage::Folder> objects) : objects_(std::move(objects)) {}

  // Copies `size` bytes of the regular file `source` while hashing them. After Ok() they survive
  // power loss under their digest. Errors: kCorrupt when the bytes are fewer, more or others; after
  // any error nothing is there but perhaps a part that RemoveAllBut() takes away.
  Result<> Put(int source, const crypto::Digest& sha256, std::uint64_t size);

  // Ok() also when it is not there.
  Result<> Remove(const crypto::Digest& sha256);

  // For reading. kNotFound when it is not there.
  Result<UniqueFd> Open(const crypto::Digest& sha256);

  // Ok() when the stored bytes are `size` bytes of that digest; kCorrupt says what differs.
  // kUnavailable "stopped" when Stop() was called meanwhile.
  Result<> Check(const crypto::Digest& sha256, std::uint64_t size, Pace pace);

  // Takes away everything that is not one of these objects: parts, and files without an entry.
  Result<> RemoveAllBut(const std::set<crypto::Digest>& kept);

  Result<bool> IsEmpty();

  // Ends running checks soon. Safe from any thread.
  void Stop() { is_stopped_ = true; }

 private:
  Result<> Copy(int source, const crypto::Digest& sha256, std::uint64_t size, storage::File* out);

  std::unique_ptr<storage::Folder> objects_;
  std::atomic<bool> is_stopped_ = false;
};

}  // namespace secai::registry
