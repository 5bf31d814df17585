#pragma once

#include "sandbox/profile.h"

namespace secai::sandbox {

// Signals through process descriptors. For the supervisor and spawners only: below Landlock ABI 6
// it reaches every process of this user for which a descriptor can be had (pidfd_open comes with
// it).
struct KillChild {
  void AddTo(Profile& profile) const;
};

}  // namespace secai::sandbox
