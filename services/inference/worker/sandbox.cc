#include "inference/worker/sandbox.h"

#include "sandbox/powers/base_io.h"
#include "sandbox/powers/compute.h"
#include "sandbox/powers/receive_descriptors.h"

namespace secai::inference {

sandbox::Profile WorkerSandbox() {
  auto profile = sandbox::Profile::Worker("inference-worker");
  profile.Add(sandbox::BaseIo{});
  profile.Add(sandbox::Compute{});  // The engine's libraries probe; AMX tiles; one CPU to load.
  profile.Add(sandbox::ReceiveDescriptors{});  // The model comes as sealed memory.
  profile.SetLimits(
      {.open_files = 16, .file_bytes = 0, .address_space_bytes = {}, .locked_memory_bytes = 0});
  return profile;
}

}  // namespace secai::inference
