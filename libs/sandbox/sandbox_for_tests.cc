// The sandbox of sanitizer builds, linked in place of enter_sandbox.cc: the sanitizers' runtimes
// read /proc, start threads, map shadow memory, trace the process at its end and run a symbolizer,
// all of which the real one refuses. What stays: the order of things, limits, and that nothing is
// written outside the granted folders. Containment is proven in builds without sanitizers.

#include <cerrno>

#include <fcntl.h>
#include <sys/prctl.h>

#include <fmt/core.h>

#include "base/unique_fd.h"
#include "sandbox/enter_sandbox.h"
#include "sandbox/errno_text.h"
#include "sandbox/landlock.h"
#include "sandbox/limits.h"

namespace secai::sandbox {
namespace {

constexpr int kTestLandlockAbi = 3;  // Files only: no network rules, no scopes.

Result<> RestrictWriting(const Profile& profile) {
  const UniqueFd root(::open("/", O_PATH | O_CLOEXEC));
  const UniqueFd devices(::open("/dev", O_PATH | O_CLOEXEC));
  const UniqueFd processes(::open("/proc", O_PATH | O_CLOEXEC));
  std::vector<LandlockGrant> grants = profile.grants();
  grants.push_back({.fd = root.get(),
                    .rights = landlock::kReadFile | landlock::kReadFolder | landlock::kExecute});
  grants.push_back({.fd = devices.get(), .rights = landlock::kWriteFile | landlock::kReadFile});
  grants.push_back({.fd = processes.get(), .rights = landlock::kWriteFile | landlock::kReadFile});
  return RestrictFiles(grants, kTestLandlockAbi);
}

}  // namespace

Result<> ForbidDumps() { return Ok(); }

Result<> EnterSandbox(const Profile& profile, const KernelProbe& probe,
                      const std::function<Result<>()>& before_filter) {
  TRY(CheckBaseKernel(probe));
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return Fail(ErrorCode::kInternal, fmt::format("no_new_privs: {}", ErrnoText(errno)));
  }
  Limits limits = profile.limits();
  limits.address_space_bytes.reset();  // Shadow memory reserves terabytes.
  limits.open_files.reset();
  TRY(ApplyLimits(limits));
  TRY(RestrictWriting(profile));
  return before_filter ? before_filter() : Ok();
}

}  // namespace secai::sandbox
