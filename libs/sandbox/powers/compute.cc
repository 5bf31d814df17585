#include "sandbox/powers/compute.h"

#include <cerrno>

#include <sys/syscall.h>

#include "sandbox/arguments.h"

namespace secai::sandbox {

void Compute::AddTo(Profile& profile) const {
  profile.AllowIf(SYS_sched_setaffinity, {Is(0, 0)});  // The calling thread.
  profile.RefuseWith(SYS_sched_setaffinity, EPERM);
#if defined(__x86_64__)
  constexpr unsigned kRequestTiles =
      0x1023;  // ARCH_REQ_XCOMP_PERM; never ARCH_SET_FS and the like.
  profile.AllowIf(SYS_arch_prctl, {Is(0, kRequestTiles)});
  profile.RefuseWith(SYS_arch_prctl, EPERM);
#endif
  for (const long call : {SYS_openat, SYS_faccessat, SYS_faccessat2, SYS_readlinkat, SYS_newfstatat,
                          SYS_statx, SYS_getcwd}) {
    profile.RefuseWith(call, EACCES);
  }
#if defined(__x86_64__)
  for (const long call : {SYS_open, SYS_access, SYS_readlink, SYS_stat, SYS_lstat}) {
    profile.RefuseWith(call, EACCES);
  }
#endif
  for (const long call :
       {SYS_ioctl, SYS_fcntl, SYS_prctl, SYS_prlimit64, SYS_getsockopt, SYS_setsockopt}) {
    profile.RefuseWith(call, EPERM);
  }
}

}  // namespace secai::sandbox
