#pragma once

#include "sandbox/profile.h"

namespace secai::registry {

// What the registry may touch: its own folder. `folder_fd` is borrowed until the sandbox is
// entered.
sandbox::Profile RegistrySandbox(int folder_fd);

}  // namespace secai::registry
