#include "sandbox/powers/spawn.h"

#include <cerrno>

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>

#include "sandbox/arguments.h"
#include "sandbox/powers/read_folder.h"
#include "sandbox/powers/sealed_memory.h"
#include "sandbox/powers/socket_pairs.h"
#include "sandbox/syscalls.h"

namespace secai::sandbox {
namespace {

constexpr std::uint64_t kMountOrPidNamespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWCGROUP;
constexpr std::uint64_t kAllNamespaces =
    kMountOrPidNamespaces | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWNET;

// fork and exec. Which file may be executed is Landlock's to say.
void AddStarting(Profile& profile) {
  profile.AllowIf(SYS_clone, {HasNone(0, kAllNamespaces | CLONE_PTRACE | CLONE_PARENT)});
  profile.RefuseWith(SYS_clone3, ENOSYS);
  profile.AllowIf(SYS_execveat, {Masked(4, AT_EMPTY_PATH, AT_EMPTY_PATH)});
  profile.Allow(SYS_close_range);
#if defined(__x86_64__)
  profile.Allow(SYS_arch_prctl);
#endif
}

// The loader maps libraries executable.
void AddLoading(Profile& profile) {
  profile.Allow(SYS_mmap);
  profile.Allow(SYS_mprotect);
  profile.Allow(SYS_pkey_mprotect);
}

// What EnterSandbox() calls in the child, and what it asks of the kernel first.
void AddConfiningItself(Profile& profile) {
  for (const long call : {kSysLandlockCreateRuleset, kSysLandlockAddRule, kSysLandlockRestrictSelf,
                          long{SYS_seccomp}, long{SYS_prctl}, long{SYS_capset}, long{SYS_capget},
                          long{SYS_setrlimit}, long{SYS_getrlimit}}) {
    profile.Allow(call);
  }
  profile.AllowIf(SYS_prlimit64, {Is(0, 0)});
  profile.AllowIf(SYS_unshare, {HasNone(0, kMountOrPidNamespaces)});
}

}  // namespace

void Spawn::AddTo(Profile& profile) const {
  AddStarting(profile);
  AddLoading(profile);
  AddConfiningItself(profile);
  // The child's own profile can hold these only if ours does: filters add up.
  SealedMemory{}.AddTo(profile);
  SocketPairs{}.AddTo(profile);
  profile.AllowIf(SYS_sched_setaffinity, {Is(0, 0)});
  profile.Allow(
      SYS_tgkill);  // BaseIo names our own process; the child is another, and names itself.
  profile.Grant(file_fd, landlock::kExecute | landlock::kReadFile);
  if (interpreter_fd >= 0) profile.Grant(interpreter_fd, landlock::kExecute | landlock::kReadFile);
  for (const int fd : readable_fds) ReadFolder{fd}.AddTo(profile);
}

}  // namespace secai::sandbox
