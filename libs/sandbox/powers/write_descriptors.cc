#include "sandbox/powers/write_descriptors.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include "sandbox/arguments.h"

namespace secai::sandbox {

void WriteDescriptors::AddTo(Profile& profile) const {
  for (const long call :
       {SYS_ftruncate, SYS_fallocate, SYS_fsync, SYS_fdatasync, SYS_sync_file_range,
        SYS_copy_file_range, SYS_sendfile, SYS_splice, SYS_flock}) {
    profile.Allow(call);
  }
  for (const int command : {F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW,
                            F_GETPIPE_SZ, F_SETPIPE_SZ}) {
    profile.AllowIf(SYS_fcntl, {Is(1, static_cast<unsigned>(command))});
  }
}

}  // namespace secai::sandbox
