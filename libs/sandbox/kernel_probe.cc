#include "sandbox/kernel_probe.h"

#include <cerrno>
#include <cstdio>
#include <vector>

#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/unique_fd.h"
#include "sandbox/landlock.h"
#include "sandbox/namespaces.h"
#include "sandbox/syscalls.h"

namespace secai::sandbox {
namespace {

constexpr int kBaseLandlockAbi = 2;
constexpr int kFullLandlockAbi = 6;
constexpr unsigned kMemfdNoexecSeal = 0x0008;  // Linux 6.3.
constexpr int kSoPeerPidfd = 77;               // Linux 6.5.

// Asks without installing anything: the kernel says whether it knows the action.
bool HasSeccompFilter() {
  const unsigned action = SECCOMP_RET_KILL_PROCESS;
  return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

// In a child, because a namespace once entered is not left.
bool CanEnterNamespaces(bool keeps_user_mapped) {
  const pid_t child = ::fork();
  if (child < 0) return false;
  if (child == 0) ::_exit(EnterNamespaces(keeps_user_mapped).has_value() ? 0 : 1);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool HasMemfdNoexecSeal() {
  return UniqueFd(::memfd_create("probe", MFD_CLOEXEC | kMemfdNoexecSeal)).is_open();
}

bool HasMemfdSecret() {
  return UniqueFd(static_cast<int>(::syscall(kSysMemfdSecret, 0))).is_open();
}

bool HasPeerPidfd() {
  int pair[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return false;
  const UniqueFd ours(pair[0]);
  const UniqueFd theirs(pair[1]);
  int pidfd = -1;
  socklen_t size = sizeof pidfd;
  if (::getsockopt(ours.get(), SOL_SOCKET, kSoPeerPidfd, &pidfd, &size) != 0) return false;
  return UniqueFd(pidfd).is_open();
}

// What stands between this kernel and "full", one sentence each.
std::vector<std::string> Missing(const KernelProbe& probe) {
  std::vector<std::string> missing;
  if (!probe.has_seccomp_filter) missing.emplace_back("seccomp filters (CONFIG_SECCOMP_FILTER)");
  if (probe.landlock_abi < kBaseLandlockAbi) {
    missing.push_back(
        fmt::format("Landlock ABI {} or newer (this kernel has {}; Linux 6.1 with \"landlock\" in "
                    "its lsm= list)",
                    kBaseLandlockAbi, probe.landlock_abi));
  } else if (probe.landlock_abi < kFullLandlockAbi) {
    missing.push_back(fmt::format("Landlock ABI {} for network and signals (this kernel has {})",
                                  kFullLandlockAbi, probe.landlock_abi));
  }
  if (!probe.can_make_namespaces || !probe.can_map_user)
    missing.emplace_back("namespaces for this user");
  if (!probe.has_memfd_noexec_seal) missing.emplace_back("MFD_NOEXEC_SEAL (Linux 6.3)");
  if (!probe.has_peer_pidfd) missing.emplace_back("SO_PEERPIDFD (Linux 6.5)");
  return missing;
}

}  // namespace

KernelProbe ProbeKernel() {
  KernelProbe probe;
  utsname name{};
  if (::uname(&name) == 0) {
    (void)std::sscanf(name.release, "%d.%d", &probe.version_major, &probe.version_minor);
  }
  probe.landlock_abi = LandlockAbi();
  probe.has_seccomp_filter = HasSeccompFilter();
  probe.can_map_user = CanEnterNamespaces(true);
  probe.can_make_namespaces = probe.can_map_user || CanEnterNamespaces(false);
  probe.has_memfd_noexec_seal = HasMemfdNoexecSeal();
  probe.has_memfd_secret = HasMemfdSecret();
  probe.has_peer_pidfd = HasPeerPidfd();
  return probe;
}

ProtectionLevel LevelOf(const KernelProbe& probe) {
  if (!probe.has_seccomp_filter || probe.landlock_abi < kBaseLandlockAbi) {
    return ProtectionLevel::kBelowBase;
  }
  return Missing(probe).empty() ? ProtectionLevel::kFull : ProtectionLevel::kBase;
}

std::string_view LevelName(ProtectionLevel level) {
  switch (level) {
    case ProtectionLevel::kBelowBase:
      return "below_base";
    case ProtectionLevel::kBase:
      return "base";
    case ProtectionLevel::kFull:
      return "full";
  }
  return "below_base";
}

Result<> CheckBaseKernel(const KernelProbe& probe) {
  if (LevelOf(probe) != ProtectionLevel::kBelowBase) return Ok();
  return Fail(ErrorCode::kUnavailable,
              fmt::format("SecAI does not run unconfined; this kernel lacks: {}",
                          fmt::join(Missing(probe), "; ")));
}

// Written by hand: every string is ours and holds nothing to escape but the quotes in one sentence.
std::string ProbeToJson(const KernelProbe& probe) {
  std::string missing;
  for (const std::string& sentence : Missing(probe)) {
    missing += missing.empty() ? "\"" : ",\"";
    for (const char character : sentence) {
      if (character == '"') missing += '\\';
      missing += character;
    }
    missing += '"';
  }
  return fmt::format(
      R"({{"level":"{}","kernel":"{}.{}","landlock_abi":{},"seccomp":{},"namespaces":{},)"
      R"("memfd_noexec_seal":{},"memfd_secret":{},"peer_pidfd":{},"missing":[{}]}})",
      LevelName(LevelOf(probe)), probe.version_major, probe.version_minor, probe.landlock_abi,
      probe.has_seccomp_filter, probe.can_make_namespaces && probe.can_map_user,
      probe.has_memfd_noexec_seal, probe.has_memfd_secret, probe.has_peer_pidfd, missing);
}

}  // namespace secai::sandbox
