#include "sandbox/powers/read_folder.h"

#include <sys/syscall.h>

#include "sandbox/powers/reading.h"

namespace secai::sandbox {

void ReadFolder::AddTo(Profile& profile) const {
  AllowOpeningToRead(profile);
  // Metadata by path: Landlock does not cover it, so with this power the room can ask whether any
  // path exists, how large it is, and where a link points; never what is in it.
  for (const long call : {SYS_newfstatat, SYS_statx, SYS_faccessat, SYS_faccessat2, SYS_readlinkat,
                          SYS_getdents64, SYS_fstatfs, SYS_getcwd, SYS_readahead}) {
    profile.Allow(call);
  }
#if defined(__x86_64__)
  for (const long call : {SYS_stat, SYS_lstat, SYS_access, SYS_readlink}) profile.Allow(call);
#endif
  profile.Grant(fd, landlock::kReadFile | landlock::kReadFolder);
}

}  // namespace secai::sandbox
