#include "sandbox/powers/write_folder.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include "sandbox/arguments.h"
#include "sandbox/powers/read_folder.h"
#include "sandbox/powers/write_descriptors.h"

namespace secai::sandbox {

void WriteFolder::AddTo(Profile& profile) const {
  ReadFolder{fd}.AddTo(profile);
  WriteDescriptors{}.AddTo(profile);
  // With a writing access mode Landlock asks for the right to write, at every ABI; reading with
  // O_TRUNC and access mode 3 stay refused (powers/reading.h).
  profile.AllowIf(SYS_openat, {Masked(2, O_ACCMODE, O_WRONLY)});
  profile.AllowIf(SYS_openat, {Masked(2, O_ACCMODE, O_RDWR)});
  profile.AllowIf(SYS_openat, {Masked(2, O_ACCMODE | O_TRUNC, O_RDONLY)});
  for (const long call : {SYS_mkdirat, SYS_unlinkat, SYS_renameat, SYS_renameat2, SYS_linkat,
                          SYS_fchmod, SYS_umask}) {
    profile.Allow(call);
  }
#if defined(__x86_64__)
  for (const long call : {SYS_mkdir, SYS_rmdir, SYS_unlink, SYS_rename, SYS_link})
    profile.Allow(call);
#endif
  // Times of an open file only: by path they are metadata that Landlock does not cover.
  profile.AllowIf(SYS_utimensat, {IsNull(1)});
  profile.Grant(fd, landlock::kReadFile | landlock::kReadFolder | landlock::kWriteFile |
                        landlock::kTruncate | landlock::kMakeFile | landlock::kMakeFolder |
                        landlock::kRemoveFile | landlock::kRemoveFolder | landlock::kRefer);
}

}  // namespace secai::sandbox
