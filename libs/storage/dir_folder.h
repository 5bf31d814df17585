#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.h"
#include "storage/fs.h"

namespace secai::storage {

// The real folder behind an open directory; everything in it is reached through that descriptor, so
// it works after the sandbox and whatever is renamed above it. Every call blocks. Sources:
// openat(2) O_NOFOLLOW, fsync(2), rename(2).
class DirFolder final : public Folder {
 public:
  // `directory` must be a directory opened with O_RDONLY (fsync(2) refuses O_PATH).
  explicit DirFolder(UniqueFd directory) : directory_(std::move(directory)) {}

  Result<std::unique_ptr<File>> OpenForReading(std::string_view name) override;
  Result<std::unique_ptr<File>> OpenForWriting(std::string_view name,
                                               IfMissing if_missing) override;
  Result<std::unique_ptr<File>> CreateExclusive(std::string_view name, unsigned mode) override;
  Result<UniqueFd> OpenDescriptor(std::string_view name) override;
  Result<std::unique_ptr<Folder>> OpenFolder(std::string_view name, IfMissing if_missing) override;
  Result<> Rename(std::string_view from, std::string_view to) override;
  Result<> Remove(std::string_view name) override;
  Result<> Sync() override;
  Result<std::vector<std::string>> List() override;

  // Takes the lock file `name`, made when missing, for this process: at most one holder, released
  // when the descriptor closes, by death too. Errors: kUnavailable "held by another process".
  // Source: flock(2) LOCK_EX | LOCK_NB.
  Result<UniqueFd> Lock(std::string_view name);

  int fd() const { return directory_.get(); }

 private:
  UniqueFd directory_;
};

// A plain error for the present errno, naming `what` and the file, never a whole path.
Error ErrnoError(std::string_view what, std::string_view name);

}  // namespace secai::storage
