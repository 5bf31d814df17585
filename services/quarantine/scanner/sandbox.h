#pragma once

#include "sandbox/profile.h"

namespace secai::quarantine {

// What `quarantine-scanner` may touch: memory, threads of its own, and the descriptors it holds.
sandbox::Profile ScannerSandbox();

}  // namespace secai::quarantine
