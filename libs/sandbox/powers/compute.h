#pragma once

#include "sandbox/profile.h"

namespace secai::sandbox {

// For processes that only calculate: placing own threads on CPUs, asking for AMX tiles, and soft
// answers to what libraries probe for (openat, access, readlink, ioctl, fcntl, prctl: EACCES or
// EPERM, not death).
struct Compute {
  void AddTo(Profile& profile) const;
};

}  // namespace secai::sandbox
