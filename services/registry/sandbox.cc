#include "registry/sandbox.h"

#include "sandbox/powers/base_io.h"
#include "sandbox/powers/receive_descriptors.h"
#include "sandbox/powers/sealed_memory.h"
#include "sandbox/powers/threads.h"
#include "sandbox/powers/write_folder.h"

namespace secai::registry {

sandbox::Profile RegistrySandbox(int folder_fd) {
  auto profile = sandbox::Profile::Room("registry");
  profile.Add(sandbox::BaseIo{});
  profile.Add(sandbox::WriteFolder{folder_fd});  // objects/, the manifest, the key.
  profile.Add(sandbox::SealedMemory{});          // What models are given away in.
  profile.Add(sandbox::ReceiveDescriptors{});    // The file that quarantine wants admitted.
  profile.Add(sandbox::Threads{});               // One copies, one hashes again.
  return profile;
}

}  // namespace secai::registry
