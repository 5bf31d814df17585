#pragma once

#include <sys/syscall.h>

// System calls that Debian 12's headers may not name. From 424 on, numbers are the same on every
// architecture. Source: Linux arch/x86/entry/syscalls/syscall_64.tbl (6.18).
namespace secai::sandbox {

inline constexpr long kSysCachestat = 451;
inline constexpr long kSysFchmodat2 = 452;
inline constexpr long kSysMapShadowStack = 453;
inline constexpr long kSysFutexWake = 454;
inline constexpr long kSysFutexWait = 455;
inline constexpr long kSysFutexRequeue = 456;
inline constexpr long kSysLandlockCreateRuleset = 444;
inline constexpr long kSysLandlockAddRule = 445;
inline constexpr long kSysLandlockRestrictSelf = 446;
inline constexpr long kSysMemfdSecret = 447;

}  // namespace secai::sandbox
