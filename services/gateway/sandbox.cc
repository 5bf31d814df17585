#include "gateway/sandbox.h"

#include "sandbox/powers/accept_connections.h"
#include "sandbox/powers/base_io.h"
#include "sandbox/powers/receive_descriptors.h"

namespace secai::gateway {

sandbox::Profile GatewaySandbox(const std::vector<int>& listener_fds) {
  auto profile = sandbox::Profile::Room("gateway");
  profile.Add(sandbox::BaseIo{});  // The loop, clients, links, and asking sock_diag by write(2).
  profile.Add(sandbox::AcceptConnections{listener_fds});
  profile.Add(sandbox::ReceiveDescriptors{});  // Links after a restart, and the pipe of an upload.
  return profile;
}

}  // namespace secai::gateway
