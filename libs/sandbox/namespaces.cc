#include "sandbox/namespaces.h"

#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <fmt/core.h>

#include "base/unique_fd.h"
#include "sandbox/errno_text.h"

namespace secai::sandbox {
namespace {

constexpr int kOwnNamespaces = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
constexpr unsigned kNobody = 65534;

Result<> WriteProcFile(const char* path, const std::string& text) {
  const UniqueFd file(::open(path, O_WRONLY | O_CLOEXEC));
  if (!file.is_open() ||
      ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return Fail(ErrorCode::kInternal, fmt::format("writing {}: {}", path, ErrnoText(errno)));
  }
  return Ok();
}

}  // namespace

Result<> EnterNamespaces(bool keeps_user_mapped) {
  if (::unshare(kOwnNamespaces) == 0) return Ok();
  if (errno != EPERM) {
    return Fail(ErrorCode::kInternal, fmt::format("making namespaces: {}", ErrnoText(errno)));
  }
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  if (::unshare(CLONE_NEWUSER | kOwnNamespaces) != 0) {
    return Fail(ErrorCode::kInternal, fmt::format("making a user namespace: {}", ErrnoText(errno)));
  }
  if (!keeps_user_mapped) return Ok();
  // The kernel gives a process that cannot be dumped /proc files that belong to root, so the maps
  // could not be written. EnterSandbox() forbids dumps (again) after this step.
  if (::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0) {
    return Fail(ErrorCode::kInternal, fmt::format("PR_SET_DUMPABLE: {}", ErrnoText(errno)));
  }
  // Without CAP_SETGID outside, the group map needs setgroups to be given up first.
  TRY(WriteProcFile("/proc/self/setgroups", "deny"));
  TRY(WriteProcFile("/proc/self/uid_map", fmt::format("{0} {0} 1", uid)));
  TRY(WriteProcFile("/proc/self/gid_map", fmt::format("{0} {0} 1", gid)));
  return Ok();
}

Result<> BecomeNobody() {
  if (::geteuid() != 0) return Ok();
  if (::setgroups(0, nullptr) != 0 || ::setresgid(kNobody, kNobody, kNobody) != 0 ||
      ::setresuid(kNobody, kNobody, kNobody) != 0) {
    return Fail(ErrorCode::kInternal, fmt::format("becoming nobody: {}", ErrnoText(errno)));
  }
  return Ok();
}

}  // namespace secai::sandbox
