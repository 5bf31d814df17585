#pragma once

#include "sandbox/profile.h"

namespace secai::sandbox {

// Reading, making, writing, renaming, linking and removing files and folders in and below the
// folder that `fd` is open on. No symbolic links, sockets, pipes or devices; no change of owner;
// modes only through an open descriptor (fchmod). With two such folders, a file may move from one
// to the other.
struct WriteFolder {
  int fd = -1;  // Borrowed until EnterSandbox().
  void AddTo(Profile& profile) const;
};

}  // namespace secai::sandbox
