#pragma once

#include "sandbox/profile.h"

namespace secai::sandbox {

// Opening and listing, to read, all in and below the folder that `fd` is open on (O_PATH will do).
// Symbolic links in it that point outside are not covered.
struct ReadFolder {
  int fd = -1;  // Borrowed until EnterSandbox().
  void AddTo(Profile& profile) const;
};

}  // namespace secai::sandbox
