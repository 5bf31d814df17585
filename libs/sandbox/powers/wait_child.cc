#include "sandbox/powers/wait_child.h"

#include <sys/syscall.h>

namespace secai::sandbox {

void WaitChild::AddTo(Profile& profile) const {
  profile.Allow(SYS_waitid);
  profile.Allow(SYS_wait4);
}

}  // namespace secai::sandbox
