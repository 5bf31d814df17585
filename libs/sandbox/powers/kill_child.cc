#include "sandbox/powers/kill_child.h"

#include <sys/syscall.h>

namespace secai::sandbox {

void KillChild::AddTo(Profile& profile) const {
  profile.Allow(SYS_pidfd_open);
  profile.Allow(SYS_pidfd_send_signal);
}

}  // namespace secai::sandbox
