#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/fs.h"

namespace secai::storage {

struct AppendLogOptions {
  std::size_t max_record_bytes = std::size_t{64} << 10;  // Inclusive, without the newline.
  // Whether a line is a whole record. At open, lines at the very end that are not are taken for
  // torn: a crash may leave zeros or a mixture. Null takes every line.
  std::function<bool(std::string_view)> is_record;
};

// What Open() had to cut off: a crash while writing leaves a piece of a record at the end.
struct LogRepair {
  std::uint64_t offset = 0;     // Where the log now ends.
  std::uint64_t cut_bytes = 0;  // How many bytes were cut off.
  std::string kept_as;          // The file beside it that now holds them.
};

// A file to which whole records are added and from which nothing is taken: each is one line. Many
// records may share one write and one sync (group commit).
//
// Durability: after Append() returned Ok() its records survive power loss. After an error none of
// them is acknowledged: what was written of them is cut off again before the next record is.
// Thread-safety: one thread at a time; every call blocks. One writer per file (see
// DirFolder::Lock). Errors: kUnavailable for a full or failing disk. After a failed sync all calls
// fail: nobody knows what is on the disk, so open anew (fsync(2); Rebello et al., USENIX ATC 2020).
class AppendLog {
 public:
  // Opens `name` or makes it. Keeps a torn end in "<name>.torn-<offset>" before cutting it off.
  // Cost: proportional to the end that is torn, not to the log.
  static Result<AppendLog> Open(Folder* folder, std::string name, AppendLogOptions options);

  // Adds all `records` and syncs once. kInvalidArgument, with nothing written, when one holds a
  // newline or is over the limit.
  Result<> Append(std::span<const std::string> records);

  std::uint64_t size() const { return size_; }
  // The last record found by Open().
  const std::optional<std::string>& last_record() const { return last_record_; }
  const std::optional<LogRepair>& repair() const { return repair_; }
  // A sync failed: only a new Open() helps.
  bool is_broken() const { return is_broken_; }

 private:
  AppendLog(std::unique_ptr<File> file, AppendLogOptions options)
      : file_(std::move(file)), options_(std::move(options)) {}

  Result<> FindEnd(Folder* folder, const std::string& name);
  Result<> CutBack();

  std::unique_ptr<File> file_;
  AppendLogOptions options_;
  std::uint64_t size_ = 0;  // Of the acknowledged records.
  std::optional<std::string> last_record_;
  std::optional<LogRepair> repair_;
  bool has_remains_ = false;  // Bytes of a failed Append() may stand behind size_.
  bool is_broken_ = false;
};

}  // namespace secai::storage
