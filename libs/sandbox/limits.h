#pragma once

#include "base/result.h"
#include "sandbox/profile.h"

namespace secai::sandbox {

// Sets the soft and hard resource limits of this process; core dumps are always 0 bytes. SIGXFSZ is
// ignored, so that a full limit is an error (EFBIG) and not a death. Errors: kInternal.
Result<> ApplyLimits(const Limits& limits);

}  // namespace secai::sandbox
