#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"

namespace secai::sandbox {

// Landlock's numbers, our own because Debian 12's header ends at ABI 2. Source: Linux
// include/uapi/linux/landlock.h (6.18).
namespace landlock {
inline constexpr std::uint64_t kExecute = 1 << 0;
inline constexpr std::uint64_t kWriteFile = 1 << 1;
inline constexpr std::uint64_t kReadFile = 1 << 2;
inline constexpr std::uint64_t kReadFolder = 1 << 3;
inline constexpr std::uint64_t kRemoveFolder = 1 << 4;
inline constexpr std::uint64_t kRemoveFile = 1 << 5;
inline constexpr std::uint64_t kMakeFolder = 1 << 7;
inline constexpr std::uint64_t kMakeFile = 1 << 8;
inline constexpr std::uint64_t kRefer = 1 << 13;        // ABI 2: rename and link between folders.
inline constexpr std::uint64_t kTruncate = 1 << 14;     // ABI 3.
inline constexpr std::uint64_t kIoctlDevice = 1 << 15;  // ABI 5.
inline constexpr std::uint64_t kFileRights =
    kExecute | kWriteFile | kReadFile | kTruncate | kIoctlDevice;

inline constexpr std::uint64_t kBindTcp = 1 << 0;     // ABI 4.
inline constexpr std::uint64_t kConnectTcp = 1 << 1;  // ABI 4.

inline constexpr std::uint64_t kScopeAbstractSockets = 1 << 0;  // ABI 6.
inline constexpr std::uint64_t kScopeSignals = 1 << 1;          // ABI 6.
}  // namespace landlock

// Rights on one inode and, for a folder, on all below it. `fd` is borrowed.
struct LandlockGrant {
  int fd = -1;
  std::uint64_t rights = 0;
};

// What a ruleset refuses unless granted, at one ABI.
struct LandlockHandled {
  std::uint64_t files = 0;
  std::uint64_t network = 0;
  std::uint64_t scopes = 0;
};

// All that `abi` can refuse: everything it knows. `abi` from 1; above 7 is treated as 7.
LandlockHandled HandledAt(int abi);

// The kernel's Landlock ABI, or 0 when it has none or it is switched off.
int LandlockAbi();

// Restricts this thread (and what it starts later) to `grants`; needs no_new_privs. The rights of a
// grant that `abi` does not know are left out.
// Limits of the protection: metadata (stat, access) is not covered, nor are descriptors opened
// before; connect() to a pathname socket is not covered by any ABI. Errors: kInternal, naming the
// step; nothing is restricted then.
Result<> RestrictFiles(const std::vector<LandlockGrant>& grants, int abi);

}  // namespace secai::sandbox
