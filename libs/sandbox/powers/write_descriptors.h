#pragma once

#include "sandbox/profile.h"

namespace secai::sandbox {

// Changing size and durability of files that are already open: ftruncate, fallocate, fsync, copying
// between descriptors. Opens nothing. Part of WriteFolder and SealedMemory.
struct WriteDescriptors {
  void AddTo(Profile& profile) const;
};

}  // namespace secai::sandbox
