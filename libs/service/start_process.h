#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.h"
#include "base/unique_fd.h"

namespace secai::service {

// What a process is started with, and with nothing else.
struct ProcessPlan {
  std::string executable;              // Absolute path.
  std::vector<std::string> arguments;  // Without the program's name.
  // Name and descriptor, in order: they become 3, 4, … and are listed in LISTEN_FDS and
  // LISTEN_FDNAMES. Borrowed: StartProcess() duplicates them.
  std::vector<std::pair<std::string, int>> descriptors;
};

// A started child. Ownership: the pidfd and the read end of its stderr (stdout goes there too).
struct StartedProcess {
  pid_t pid = 0;
  UniqueFd pidfd;  // Readable when the process has ended.
  UniqueFd errors;
};

// Starts the program in a session of its own, with stdin /dev/null, umask 077, the folder / and
// default signals. It is killed when this thread ends. The environment holds LISTEN_* and nothing
// else. Errors: kNotFound when the program cannot be executed; kInternal. Never returns in the
// child. Thread-safety: the one thread of a process without others (the child allocates nothing,
// though).
Result<StartedProcess> StartProcess(const ProcessPlan& plan);

// How a process ended.
struct ProcessEnd {
  bool was_killed = false;
  int number = 0;  // Exit code, or signal.

  std::string Text() const;  // "exit code 1", "signal 9 (Killed)"
};

// Collects a child whose pidfd is readable. Errors: kInternal.
Result<ProcessEnd> CollectProcess(int pidfd);

// SIGKILL. A process that has ended already is no error.
void KillProcess(int pidfd);

}  // namespace secai::service
