#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace secai::supervisor {

// What the kernel says about a process's confinement (/proc/PID/status, proc(5)).
struct ProcessStatus {
  std::optional<int> seccomp;  // 0 none, 1 strict, 2 filter.
  std::optional<bool> no_new_privs;
};

// Nothing is known of a process that is gone. Thread-safety: any thread.
ProcessStatus ReadProcessStatus(pid_t pid);
// The processes that this one's first thread has forked, oldest first; none when it is gone or the
// kernel does not tell (CONFIG_PROC_CHILDREN). Thread-safety: any thread.
std::vector<pid_t> ReadChildren(pid_t pid);
// Trust: `text` comes from the kernel.
ProcessStatus ParseProcessStatus(std::string_view text);

}  // namespace secai::supervisor
