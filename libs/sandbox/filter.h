#pragma once

#include <vector>

#include <linux/filter.h>

#include "base/result.h"
#include "sandbox/profile.h"

namespace secai::sandbox {

// System calls that end a room at once, though its default is EPERM: no library makes them by
// accident, and each is a known way to widen a foothold (other processes' memory, new kernel
// surface, exec).
std::vector<long> KilledSyscalls();

// The seccomp program of `profile`: an allow-list for this machine's architecture. Other
// architectures and, on x86-64, the x32 numbers end the process. Deterministic: a pure function of
// the profile. Size: about 2 instructions a plain call and 3 to 8 an argument check, of the
// kernel's 4096. Errors: kInternal when the program would be too long.
Result<std::vector<sock_filter>> BuildFilter(const Profile& profile);

// Installs `program` on all threads of the process (TSYNC). Needs no_new_privs.
// Errors: kInternal; no thread has the filter then.
Result<> InstallFilter(const std::vector<sock_filter>& program);

}  // namespace secai::sandbox
