#include "sandbox/powers/sealed_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "sandbox/arguments.h"
#include "sandbox/powers/reading.h"
#include "sandbox/powers/write_descriptors.h"

namespace secai::sandbox {

void SealedMemory::AddTo(Profile& profile) const {
  constexpr unsigned kNoexecSeal = 0x0008;  // MFD_NOEXEC_SEAL, Linux 6.3.
  profile.AllowIf(SYS_memfd_create, {HasOnly(1, MFD_CLOEXEC | MFD_ALLOW_SEALING | kNoexecSeal)});
  profile.AllowIf(SYS_fcntl, {Is(1, F_ADD_SEALS)});
  profile.AllowIf(SYS_fcntl, {Is(1, F_GET_SEALS)});
  WriteDescriptors{}.AddTo(profile);
  AllowOpeningToRead(profile);
}

}  // namespace secai::sandbox
