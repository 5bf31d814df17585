#pragma once

#include "sandbox/profile.h"

namespace secai::sandbox {

// Starting threads of this process, never processes. clone3(2) answers ENOSYS, because its flags
// lie in memory where no filter can see them; libc then uses clone(2), whose flags are checked.
struct Threads {
  void AddTo(Profile& profile) const;
};

}  // namespace secai::sandbox
