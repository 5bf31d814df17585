#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace secai::storage {

// Files as a dependency: one open folder and what is in it, so that a test can lose everything that
// was not synced. Two implementations: DirFolder (Linux) and testing::MemoryDisk.
//
// Names are one path part: 1 to 255 bytes, no "/", not "." or "..", no NUL; anything else is
// kInvalidArgument. Symbolic links are never followed (kDenied).
// Errors: kNotFound; kDenied; kInvalidArgument (also: exists already); kUnavailable for a full or
// failing disk; kInternal. A failed call may have written a part unless it says otherwise.
// Thread-safety: one thread at a time per object.

// An open file; closed when destroyed, which does not sync.
class File {
 public:
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  virtual ~File() = default;

  // Fills `buffer` from `offset`; returns fewer bytes only at the end of the file (0 behind it).
  virtual Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::uint8_t> buffer) = 0;

  virtual Result<std::uint64_t> Size() = 0;

  // Adds all of `bytes` at the end, or fails with some of them added.
  virtual Result<> Append(std::string_view bytes) = 0;

  virtual Result<> Truncate(std::uint64_t size) = 0;

  // After Ok() data and size survive power loss; the name does only after Folder::Sync(). After an
  // error nobody knows what is on the disk (the kernel may have dropped it): close and open anew.
  virtual Result<> Sync() = 0;
};

enum class IfMissing : std::uint8_t { kFail, kCreate };

class Folder {
 public:
  Folder() = default;
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  virtual ~Folder() = default;

  // Regular files only.
  virtual Result<std::unique_ptr<File>> OpenForReading(std::string_view name) = 0;
  // Made with mode 0600 if it is missing and `if_missing` says so.
  virtual Result<std::unique_ptr<File>> OpenForWriting(std::string_view name,
                                                       IfMissing if_missing) = 0;
  // A new, empty file that can be written through this object whatever `mode` says.
  virtual Result<std::unique_ptr<File>> CreateExclusive(std::string_view name, unsigned mode) = 0;

  // The same for reading as a descriptor, to be given to somebody else or copied by the kernel.
  virtual Result<UniqueFd> OpenDescriptor(std::string_view name) = 0;

  // A folder in this one; made with mode 0700 if `if_missing` says so.
  virtual Result<std::unique_ptr<Folder>> OpenFolder(std::string_view name,
                                                     IfMissing if_missing) = 0;

  // Atomic; replaces `to`. Survives power loss only after Sync().
  virtual Result<> Rename(std::string_view from, std::string_view to) = 0;
  virtual Result<> Remove(std::string_view name) = 0;

  // After Ok() all creations, renames and removals in this folder survive power loss.
  virtual Result<> Sync() = 0;

  // Names of everything here, sorted.
  virtual Result<std::vector<std::string>> List() = 0;
};

// Whether `name` is one path part, as above.
bool IsPlainName(std::string_view name);

// The whole file as text. Errors: kInvalidArgument when it is over `max_bytes`.
Result<std::string> ReadWhole(File* file, std::size_t max_bytes);

}  // namespace secai::storage
