#pragma once

#include "sandbox/profile.h"

namespace secai::sandbox {

// Making memory files, filling and sealing them (memfd_create, F_ADD_SEALS), and reopening one
// read-only through /proc/self/fd. Landlock lets a memory file be reopened without a rule.
struct SealedMemory {
  void AddTo(Profile& profile) const;
};

}  // namespace secai::sandbox
