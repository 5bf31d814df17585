#pragma once

#include "sandbox/profile.h"

namespace secai::sandbox {

// Reading how own children ended (waitid, wait4).
struct WaitChild {
  void AddTo(Profile& profile) const;
};

}  // namespace secai::sandbox
