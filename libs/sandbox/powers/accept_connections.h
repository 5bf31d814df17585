#pragma once

#include <vector>

#include "sandbox/profile.h"

namespace secai::sandbox {

// Accepting on the given listening sockets, by descriptor number, and setting TCP_NODELAY and
// keep-alive on what was accepted. No bind, listen or connect: an accepted socket cannot be turned
// elsewhere.
struct AcceptConnections {
  std::vector<int> listener_fds;  // The numbers must still mean the listeners after EnterSandbox().
  void AddTo(Profile& profile) const;
};

}  // namespace secai::sandbox
