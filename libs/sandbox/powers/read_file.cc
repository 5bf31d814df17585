#include "sandbox/powers/read_file.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include "sandbox/arguments.h"
#include "sandbox/powers/reading.h"

namespace secai::sandbox {

void ReadFile::AddTo(Profile& profile) const {
  AllowOpeningToRead(profile);
  profile.Grant(fd, landlock::kReadFile);
}

}  // namespace secai::sandbox
