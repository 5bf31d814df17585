#pragma once

#include <fcntl.h>
#include <sys/syscall.h>

#include "sandbox/arguments.h"
#include "sandbox/profile.h"

namespace secai::sandbox {

// For the powers that read: openat(2) without any flag that changes something. Which files it
// reaches is Landlock's to say, with one exception that is ours: below ABI 3, Landlock lets O_TRUNC
// (with reading, or with the odd access mode 3) empty any file the user owns. open(2) and
// openat2(2) stay refused: libc uses openat, and the flags of openat2 lie in memory.
inline void AllowOpeningToRead(Profile& profile) {
  constexpr std::uint64_t kTemporaryFile = O_TMPFILE & ~O_DIRECTORY;
  profile.AllowIf(SYS_openat,
                  {Masked(2, O_ACCMODE | O_TRUNC | O_CREAT | kTemporaryFile, O_RDONLY)});
}

}  // namespace secai::sandbox
