#include "sandbox/powers/base_io.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/arguments.h"
#include "sandbox/syscalls.h"

namespace secai::sandbox {
namespace {

constexpr unsigned long kPrSetVma = 0x53564d41;  // Naming anonymous memory; newer libcs do it.

// Bytes through descriptors that are open.
void AddDescriptors(Profile& profile) {
  for (const long call : {SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64,
                          SYS_preadv, SYS_pwritev, SYS_lseek, SYS_close, SYS_dup, SYS_dup3,
                          SYS_fstat, SYS_pipe2, SYS_eventfd2, SYS_fadvise64}) {
    profile.Allow(call);
  }
  // fstat() of glibc. Landlock does not cover metadata, so without ReadFolder no path may be given;
  // one that is given beside AT_EMPTY_PATH still tells that a file exists, and nothing of its
  // content.
  profile.AllowIf(SYS_newfstatat, {Masked(3, AT_EMPTY_PATH, AT_EMPTY_PATH)});
  profile.AllowIf(SYS_statx, {Masked(2, AT_EMPTY_PATH, AT_EMPTY_PATH)});
  // Not F_SETOWN, F_SETSIG, F_NOTIFY, F_SETLEASE: they send signals, to other processes too.
  for (const int command : {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD, F_DUPFD_CLOEXEC}) {
    profile.AllowIf(SYS_fcntl, {Is(1, static_cast<unsigned>(command))});
  }
  // Asio's non-blocking switch, bytes waiting, and isatty(). All 64 bits, so that a command with
  // garbage above, which some kernels cut off before looking, is no way around.
  for (const auto request :
       {std::uint64_t{FIONBIO}, std::uint64_t{FIONREAD}, std::uint64_t{TCGETS}}) {
    profile.AllowIf(SYS_ioctl, {{.index = 1, .value = request}});
  }
#if defined(__x86_64__)
  profile.Allow(SYS_dup2);
#endif
}

void AddSockets(Profile& profile) {
  for (const long call :
       {SYS_recvmsg, SYS_recvfrom, SYS_shutdown, SYS_getsockname, SYS_getpeername}) {
    profile.Allow(call);
  }
  constexpr unsigned kPlainFlags = MSG_NOSIGNAL | MSG_DONTWAIT | MSG_MORE | MSG_EOR;
  profile.AllowIf(SYS_sendto, {IsNull(4), HasOnly(3, kPlainFlags)});
  // The flags in the register are the only ones that count: the kernel overwrites msg_flags with
  // them.
  profile.AllowIf(SYS_sendmsg, {HasOnly(2, kPlainFlags)});
  profile.AllowIf(SYS_getsockopt, {Is(1, SOL_SOCKET)});
  // Not SO_ATTACH_FILTER and the like (programs for the kernel), nor SO_BINDTODEVICE, SO_MARK.
  for (const int option :
       {SO_SNDBUF, SO_RCVBUF, SO_KEEPALIVE, SO_LINGER, SO_RCVLOWAT, SO_RCVTIMEO, SO_SNDTIMEO}) {
    profile.AllowIf(SYS_setsockopt, {Is(1, SOL_SOCKET), Is(2, static_cast<unsigned>(option))});
  }
}

void AddWaiting(Profile& profile) {
  for (const long call :
       {SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_epoll_pwait2, SYS_ppoll,
        SYS_pselect6, SYS_timerfd_create, SYS_timerfd_settime, SYS_timerfd_gettime,
        SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday,
        SYS_futex, SYS_restart_syscall}) {
    profile.Allow(call);
  }
#if defined(__x86_64__)
  for (const long call : {SYS_epoll_wait, SYS_poll, SYS_select, SYS_time}) profile.Allow(call);
#endif
}

// Memory that can be written or executed, never both after each other: nothing becomes executable.
void AddMemory(Profile& profile) {
  for (const long call : {SYS_munmap, SYS_madvise, SYS_mremap, SYS_brk}) profile.Allow(call);
  profile.AllowIf(SYS_mmap, {HasNone(2, PROT_EXEC)});
  profile.AllowIf(SYS_mprotect, {HasNone(2, PROT_EXEC)});
}

// What a process may know and do about itself.
void AddSelf(Profile& profile) {
  for (const long call : {SYS_exit,
                          SYS_exit_group,
                          SYS_getpid,
                          SYS_gettid,
                          SYS_getppid,
                          SYS_getuid,
                          SYS_geteuid,
                          SYS_getgid,
                          SYS_getegid,
                          SYS_getrandom,
                          SYS_uname,
                          SYS_sysinfo,
                          SYS_getrusage,
                          SYS_times,
                          SYS_rseq,
                          SYS_set_robust_list,
                          SYS_set_tid_address,
                          SYS_sched_yield,
                          SYS_sched_getaffinity,
                          SYS_getcpu,
                          SYS_membarrier,
                          SYS_rt_sigaction,
                          SYS_rt_sigprocmask,
                          SYS_rt_sigreturn,
                          SYS_rt_sigtimedwait,
                          SYS_rt_sigpending,
                          SYS_sigaltstack,
                          SYS_signalfd4}) {
    profile.Allow(call);
  }
  // Signals to own threads only (raise, abort); kill(2) and its kin reach other processes.
  profile.AllowIf(SYS_tgkill, {Is(0, static_cast<unsigned>(::getpid()))});
  // Reading limits, not setting them, and only one's own.
  profile.AllowIf(SYS_prlimit64, {Is(0, 0), IsNull(2)});
  for (const unsigned long option : {static_cast<unsigned long>(PR_SET_NAME),
                                     static_cast<unsigned long>(PR_GET_NAME), kPrSetVma}) {
    profile.AllowIf(SYS_prctl, {Is(0, option)});
  }
}

}  // namespace

void BaseIo::AddTo(Profile& profile) const {
  AddDescriptors(profile);
  AddSockets(profile);
  AddWaiting(profile);
  AddMemory(profile);
  AddSelf(profile);
}

}  // namespace secai::sandbox
