#pragma once

#include "sandbox/profile.h"

namespace secai::sandbox {

// Starting processes from exactly one file. For spawners only (sandbox/spawner.h). Landlock gives
// EXECUTE on that file and on its ELF interpreter, and READ on the system's library folders; the
// children inherit both that and the filter, so the filter also allows what they need to confine
// themselves.
struct Spawn {
  int file_fd = -1;               // The program. Borrowed until EnterSandbox().
  int interpreter_fd = -1;        // Its ELF interpreter; -1 for a static program.
  std::vector<int> readable_fds;  // Library folders and files that the loader reads.
  void AddTo(Profile& profile) const;
};

}  // namespace secai::sandbox
