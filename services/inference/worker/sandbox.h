#pragma once

#include "sandbox/profile.h"

namespace secai::inference {

// What the process that runs a model may do: compute in memory and use the one socket it was
// started with. No file, no network, no new process or thread; any other system call ends it.
sandbox::Profile WorkerSandbox();

}  // namespace secai::inference
