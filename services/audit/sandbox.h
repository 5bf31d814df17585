#pragma once

#include "sandbox/profile.h"

namespace secai::audit {

// What the audit room may touch: the one folder that holds the log. `log_folder_fd` is borrowed
// until the sandbox is entered.
sandbox::Profile AuditSandbox(int log_folder_fd);

}  // namespace secai::audit
