#include "quarantine/scanner/sandbox.h"

#include <cstdint>

#include "sandbox/powers/base_io.h"
#include "sandbox/powers/receive_descriptors.h"
#include "sandbox/powers/threads.h"

namespace secai::quarantine {

sandbox::Profile ScannerSandbox() {
  // Address space, not memory in use: a thread's heap alone reserves 128 MiB.
  constexpr std::uint64_t kAddressSpaceBytes = std::uint64_t{768} << 20;
  auto profile = sandbox::Profile::Worker("quarantine-scanner");
  profile.Add(sandbox::BaseIo{});
  profile.Add(sandbox::Threads{});             // Hashing beside scanning.
  profile.Add(sandbox::ReceiveDescriptors{});  // The file, read-only, over the socket.
  profile.SetLimits({.open_files = 16,
                     .file_bytes = 0,
                     .address_space_bytes = kAddressSpaceBytes,
                     .locked_memory_bytes = 0});
  return profile;
}

}  // namespace secai::quarantine
