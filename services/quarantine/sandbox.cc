#include "quarantine/sandbox.h"

#include "sandbox/powers/base_io.h"
#include "sandbox/powers/read_folder.h"
#include "sandbox/powers/receive_descriptors.h"
#include "sandbox/powers/sealed_memory.h"
#include "sandbox/powers/socket_pairs.h"
#include "sandbox/powers/threads.h"
#include "sandbox/powers/write_folder.h"

namespace secai::quarantine {

sandbox::Profile QuarantineSandbox(int claims_folder_fd, int policy_folder_fd) {
  auto profile = sandbox::Profile::Room("quarantine");
  profile.Add(sandbox::BaseIo{});
  profile.Add(sandbox::Threads{});  // Hashing and fsync.
  profile.Add(sandbox::WriteFolder{claims_folder_fd});
  profile.Add(sandbox::ReadFolder{policy_folder_fd});  // A reload sees a renamed file.
  profile.Add(sandbox::ReceiveDescriptors{});          // Links, and the probe's socket.
  profile.Add(sandbox::SocketPairs{});                 // The scanner's socket; pipes for uploads.
  profile.Add(sandbox::SealedMemory{});                // The copy that the probe runs.
  return profile;
}

}  // namespace secai::quarantine
