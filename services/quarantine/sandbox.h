#pragma once

#include "sandbox/profile.h"

namespace secai::quarantine {

// What the room may touch: its folder, the policy's folder, links and the memory it seals for the
// probe.
sandbox::Profile QuarantineSandbox(int claims_folder_fd, int policy_folder_fd);

}  // namespace secai::quarantine
