#include "sandbox/enter_sandbox.h"

#include <cerrno>

#include <sched.h>
#include <sys/prctl.h>

#include <fmt/core.h>

#include "sandbox/capabilities.h"
#include "sandbox/errno_text.h"
#include "sandbox/filter.h"
#include "sandbox/landlock.h"
#include "sandbox/limits.h"
#include "sandbox/namespaces.h"

namespace secai::sandbox {
namespace {

// Landlock, capabilities and namespaces are given up by one thread only; another would stay
// outside.
Result<> RequireOneThread() {
  // With CLONE_THREAD alone, unshare(2) does nothing but fail with EINVAL when there is a second
  // thread.
  if (::unshare(CLONE_THREAD) != 0) {
    return Fail(ErrorCode::kInternal, "a thread was started before the sandbox");
  }
  return Ok();
}

// A program with more rights than its caller (set-user-id) gives none to us from here on; Landlock
// and seccomp ask for this.
Result<> ForbidNewPrivileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return Fail(ErrorCode::kInternal, fmt::format("no_new_privs: {}", ErrnoText(errno)));
  }
  return Ok();
}

Result<> EnterInOrder(const Profile& profile, const KernelProbe& probe,
                      const std::function<Result<>()>& before_filter) {
  TRY(RequireOneThread());
  TRY(ForbidNewPrivileges());
  // While we still may: these need a capability, or a user who may make a user namespace.
  if (profile.keeps_user_mapped() ? probe.can_map_user : probe.can_make_namespaces) {
    TRY(EnterNamespaces(profile.keeps_user_mapped()));
  }
  TRY(EmptyBoundingSet());
  if (profile.becomes_nobody()) TRY(BecomeNobody());
  // After the change of user, which would have allowed dumps again.
  TRY(ForbidDumps());
  TRY(ApplyLimits(profile.limits()));
  // Threads that `before_filter` starts are inside the Landlock domain and have no capability.
  TRY(RestrictFiles(profile.grants(), probe.landlock_abi));
  TRY(DropCapabilities());
  if (before_filter) TRY(before_filter());
  // Last, because it refuses all that the steps above needed. On every thread (TSYNC).
  TRY_ASSIGN(const auto filter, BuildFilter(profile));
  return InstallFilter(filter);
}

}  // namespace

Result<> ForbidDumps() {
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return Fail(ErrorCode::kInternal, fmt::format("PR_SET_DUMPABLE: {}", ErrnoText(errno)));
  }
  return Ok();
}

Result<> EnterSandbox(const Profile& profile, const KernelProbe& probe,
                      const std::function<Result<>()>& before_filter) {
  TRY(CheckBaseKernel(probe));
  auto entered = EnterInOrder(profile, probe, before_filter);
  if (!entered.has_value()) {
    return tl::unexpected<Error>(
        std::move(entered).error().Wrap(fmt::format("sandbox of {}", profile.name())));
  }
  return Ok();
}

}  // namespace secai::sandbox
