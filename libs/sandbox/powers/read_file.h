#pragma once

#include "sandbox/profile.h"

namespace secai::sandbox {

// Opening again, to read, the one file that `fd` is open on (O_PATH will do). A file that replaces
// it by rename is another inode and not covered: hold its folder with ReadFolder instead.
struct ReadFile {
  int fd = -1;  // Borrowed until EnterSandbox().
  void AddTo(Profile& profile) const;
};

}  // namespace secai::sandbox
