#pragma once

#include <vector>

#include "sandbox/profile.h"

namespace secai::gateway {

// What the gateway may touch: the listeners it was given, the descriptors it holds (links, the
// sock_diag socket, pipes that quarantine sends), and nothing by path. The page is in memory
// already.
//
// `listener_fds`: the numbers of the listening sockets, which must stay what they are.
// The containment suite runs this very function.
sandbox::Profile GatewaySandbox(const std::vector<int>& listener_fds);

}  // namespace secai::gateway
