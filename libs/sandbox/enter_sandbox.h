#pragma once

#include <functional>

#include "base/result.h"
#include "sandbox/kernel_probe.h"
#include "sandbox/profile.h"

namespace secai::sandbox {

// Forbids other processes of this user to look into this one (ptrace, /proc/PID/mem) and core
// dumps. RunService() calls it first thing. Errors: kInternal.
Result<> ForbidDumps();

// Gives up, for good, every power that `profile` does not have. In this order, each step needing
// the ones before: no new privileges; no dumps; own namespaces; nobody instead of root (workers);
// limits; Landlock; capabilities; `before_filter`; seccomp on all threads.
//
// Call it with one thread only, after files and sockets are open and before any byte of a stranger
// is read. `before_filter` runs when all is locked but system calls; a program whose libraries must
// start threads at once or read the last descriptors does it there. Its threads get everything too.
// Errors: kUnavailable below the base kernel; else kInternal naming the step. After an error the
// process may be half confined: it must end. Limits of the protection: descriptors that are open
// stay usable, that is the point; file metadata stays visible; a kernel bug reachable by the
// allowed calls is not stopped.
Result<> EnterSandbox(const Profile& profile, const KernelProbe& probe,
                      const std::function<Result<>()>& before_filter = {});

}  // namespace secai::sandbox
