#include "sandbox/capabilities.h"

#include <array>
#include <cerrno>

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fmt/core.h>

#include "sandbox/errno_text.h"

namespace secai::sandbox {
namespace {

// Dropping from the bounding set needs CAP_SETPCAP itself, so a process without it (an ordinary
// user) skips this: with no_new_privs the bounding set can give it nothing.
constexpr int kLastCapability = 63;  // The kernel answers EINVAL above its own last one.
constexpr unsigned long kLockedSecurebits =
    SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
    SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;

Result<> Failed(const char* step) {
  return Fail(ErrorCode::kInternal, fmt::format("{}: {}", step, ErrnoText(errno)));
}

}  // namespace

Result<> EmptyBoundingSet() {
  for (int capability = 0; capability <= kLastCapability; ++capability) {
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0) continue;
    if (errno == EINVAL || errno == EPERM) break;
    return Failed("emptying the capability bounding set");
  }
  return Ok();
}

Result<> DropCapabilities() {
  if (::prctl(PR_SET_SECUREBITS, kLockedSecurebits, 0, 0, 0) != 0 && errno != EPERM) {
    return Failed("locking the secure bits");
  }
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) {
    return Failed("clearing ambient capabilities");
  }
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  if (::syscall(SYS_capset, &header, none.data()) != 0) return Failed("dropping capabilities");
  return Ok();
}

}  // namespace secai::sandbox
