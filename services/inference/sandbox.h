#pragma once

#include "sandbox/profile.h"

namespace secai::inference {

// What the room may do: talk over links it is given, look at memory it is sent, and ask its spawner
// for workers. No file, no network; it never executes anything itself and never looks into a model.
// The descriptor of /proc/meminfo is open before.
sandbox::Profile InferenceSandbox();

}  // namespace secai::inference
