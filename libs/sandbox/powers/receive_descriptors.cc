#include "sandbox/powers/receive_descriptors.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include "sandbox/arguments.h"

namespace secai::sandbox {

void ReceiveDescriptors::AddTo(Profile& profile) const {
  profile.AllowIf(SYS_fcntl, {Is(1, F_GET_SEALS)});
  profile.AllowIf(SYS_fcntl, {Is(1, F_GETPIPE_SZ)});
}

}  // namespace secai::sandbox
