#include "inference/sandbox.h"

#include "sandbox/powers/base_io.h"
#include "sandbox/powers/receive_descriptors.h"
#include "sandbox/powers/socket_pairs.h"

namespace secai::inference {

sandbox::Profile InferenceSandbox() {
  auto profile = sandbox::Profile::Room("inference");
  profile.Add(sandbox::BaseIo{});
  profile.Add(sandbox::ReceiveDescriptors{});  // Sealed models from the registry, for workers.
  profile.Add(sandbox::SocketPairs{});         // The link to each worker.
  return profile;
}

}  // namespace secai::inference
