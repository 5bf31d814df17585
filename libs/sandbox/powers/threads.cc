#include "sandbox/powers/threads.h"

#include <cerrno>

#include <sched.h>
#include <sys/syscall.h>

#include "sandbox/arguments.h"

namespace secai::sandbox {

void Threads::AddTo(Profile& profile) const {
  constexpr std::uint64_t kThread =
      CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
  constexpr std::uint64_t kNever = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                                   CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_VFORK |
                                   CLONE_PTRACE | CLONE_UNTRACED | CLONE_PARENT;
  profile.AllowIf(SYS_clone, {Masked(0, kThread | kNever, kThread)});
  profile.RefuseWith(SYS_clone3, ENOSYS);
}

}  // namespace secai::sandbox
