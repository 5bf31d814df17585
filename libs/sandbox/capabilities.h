#pragma once

#include "base/result.h"

namespace secai::sandbox {

// Gives up for good every capability that an exec could bring. While it still has CAP_SETPCAP:
// before root becomes nobody. Errors: kInternal.
Result<> EmptyBoundingSet();

// Gives up every capability of this thread, for good: ambient, effective, permitted and inheritable
// sets are empty, and uid 0 means nothing special any more (locked SECBIT_NOROOT). Errors:
// kInternal, naming the step.
Result<> DropCapabilities();

}  // namespace secai::sandbox
