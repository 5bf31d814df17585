#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <sys/types.h>

#include "base/result.h"
#include "base/unique_fd.h"

namespace secai::supervisor {

// What the lock file run/secure-ai/supervisor.lock tells about who holds it: a line of JSON.
struct RunningSystem {
  pid_t pid = 0;
  std::uint16_t port = 0;  // 0 until the listeners are bound.
  std::string url;         // Empty until the system is ready.
};

// One supervisor per root: an flock(2) on run/secure-ai/supervisor.lock, held as long as this
// object (and the processes that inherited it by fork) live. The file stays; only the lock counts.
// Thread-safety: one thread only.
class RootLock {
 public:
  // Errors: kUnavailable when another process holds it; the message names its pid and URL.
  static Result<RootLock> Acquire(int run_folder_fd);

  // Writes who we are. Errors: kInternal.
  Result<> Announce(const RunningSystem& system);

 private:
  explicit RootLock(UniqueFd file) : file_(std::move(file)) {}
  UniqueFd file_;
};

// Who holds the lock. Errors: kNotFound when nobody does; kCorrupt when the file says nothing
// useful.
Result<RunningSystem> FindRunning(int run_folder_fd);

// Asks the holder to stop (SIGTERM) and waits until it is gone; after `budget` it is killed, and
// its rooms die with it. Returns the pid. Errors: as FindRunning(); kDenied when it is another
// user's.
Result<pid_t> StopRunning(int run_folder_fd, std::chrono::milliseconds budget);

}  // namespace secai::supervisor
