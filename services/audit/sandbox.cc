#include "audit/sandbox.h"

#include "sandbox/powers/base_io.h"
#include "sandbox/powers/threads.h"
#include "sandbox/powers/write_folder.h"

namespace secai::audit {

sandbox::Profile AuditSandbox(int log_folder_fd) {
  auto profile = sandbox::Profile::Room("audit");
  profile.Add(sandbox::BaseIo{});
  profile.Add(sandbox::WriteFolder{log_folder_fd});  // audit.log, and torn ends beside it.
  profile.Add(sandbox::Threads{});                   // One syncs the disk, one reads pages.
  return profile;
}

}  // namespace secai::audit
