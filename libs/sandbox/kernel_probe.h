#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace secai::sandbox {

// How much of the confinement this kernel can give.
enum class ProtectionLevel : std::uint8_t {
  kBelowBase,  // Refuse to start.
  kBase,       // Linux 6.1: Landlock ABI 2 and seccomp filters.
  kFull,       // Landlock ABI 6 (network and scopes), namespaces, NOEXEC_SEAL, peer pidfds.
};

// What the kernel can do, asked once at start. A plain value, so that tests inject any kernel they
// like. Every field may be set lower than the truth; EnterSandbox() then takes the fallback.
// Setting one higher than the truth makes EnterSandbox() fail: it never skips a step that the probe
// promised.
struct KernelProbe {
  int version_major = 0;
  int version_minor = 0;
  int landlock_abi = 0;  // 0: none.
  bool has_seccomp_filter = false;
  bool can_make_namespaces = false;  // As this user, with or without a user namespace.
  bool can_map_user =
      false;  // And keep the own user's number there; rooms need it, workers do not.
  bool has_memfd_noexec_seal = false;
  bool has_memfd_secret = false;
  bool has_peer_pidfd = false;  // SO_PEERPIDFD, Linux 6.5.
};

// Asks the kernel. Forks one short-lived child to try namespaces; call it before the sandbox and
// before threads. Never fails: what cannot be found out is reported as absent.
KernelProbe ProbeKernel();

ProtectionLevel LevelOf(const KernelProbe& probe);
std::string_view LevelName(ProtectionLevel level);  // "below_base", "base", "full".

// Ok at base or above; else kUnavailable with a sentence for the owner that names what is missing.
Result<> CheckBaseKernel(const KernelProbe& probe);

// One JSON object for the status page and `secai doctor`:
// {"level","kernel","landlock_abi","seccomp","namespaces","memfd_noexec_seal","memfd_secret","peer_pidfd",
//  "missing":[sentence…]}; `missing` says what stands between this kernel and "full".
std::string ProbeToJson(const KernelProbe& probe);

}  // namespace secai::sandbox
