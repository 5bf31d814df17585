#include <cerrno>
#include <cstdint>

#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "attempts.h"

namespace secai::containment {
namespace {

int Raw(long call, long a = 0, long b = 0, long c = 0, long d = 0) {
  return ErrnoOf(::syscall(call, a, b, c, d));
}

int IoUring() {
  char parameters[256] = {};
  return ErrnoOf(::syscall(SYS_io_uring_setup, 1, parameters));
}

int Perf() {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.exclude_kernel = 1;
  return ErrnoOf(::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
}

int SharedMemory() {
  const int id = ::shmget(IPC_PRIVATE, 4096, 0600);
  if (id < 0) return errno;
  ::shmctl(id, IPC_RMID, nullptr);
  return 0;
}

int MessageQueue() {
  const int id = ::msgget(IPC_PRIVATE, 0600);
  if (id < 0) return errno;
  ::msgctl(id, IPC_RMID, nullptr);
  return 0;
}

#if defined(__x86_64__)
int Int80() {
  long result = 20;  // getpid of 32-bit x86; 20 is writev here.
  asm volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
  return result > 0 ? 0 : static_cast<int>(-result);
}
#endif

}  // namespace

std::vector<Attempt> KernelAttempts() {
  return {
      {"set up io_uring", [](const World&) { return IoUring(); }, Unconfined::kMayFail},
      {"load a kernel program", [](const World&) { return Raw(SYS_bpf, BPF_MAP_CREATE); },
       Unconfined::kMayFail},
      {"open a performance counter", [](const World&) { return Perf(); }, Unconfined::kMayFail},
      {"handle page faults", [](const World&) { return Raw(SYS_userfaultfd, 1); },
       Unconfined::kMayFail},
      {"use the kernel's keyrings",
       [](const World&) { return Raw(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -3, 1); },
       Unconfined::kMayFail},
      {"mount",
       [](const World& w) {
         return ErrnoOf(::mount("none", w.other().c_str(), "tmpfs", 0, nullptr));
       },
       Unconfined::kMayFail},
      {"open a mount tree", [](const World&) { return Raw(SYS_open_tree, -100, 0, 1); },
       Unconfined::kMayFail},
      {"leave its namespaces", [](const World&) { return ErrnoOf(::unshare(CLONE_NEWUSER)); }},
      {"make a mount namespace", [](const World&) { return ErrnoOf(::unshare(CLONE_NEWNS)); },
       Unconfined::kMayFail},
      {"enter a namespace", [](const World& w) { return ErrnoOf(::setns(w.user_namespace(), 0)); },
       Unconfined::kMayFail},
      {"change its root", [](const World&) { return ErrnoOf(::chroot("/tmp")); },
       Unconfined::kMayFail},
      {"change its personality",
       [](const World&) { return ErrnoOf(::personality(READ_IMPLIES_EXEC)); }},
      {"become another user", [](const World&) { return ErrnoOf(::setuid(1)); },
       Unconfined::kMayFail},
      {"become another group", [](const World&) { return ErrnoOf(::setgid(1)); },
       Unconfined::kMayFail},
      {"take capabilities",
       [](const World&) {
         __user_cap_header_struct head{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
         __user_cap_data_struct data[2] = {{.effective = 1, .permitted = 1, .inheritable = 0}, {}};
         return ErrnoOf(::syscall(SYS_capset, &head, data));
       },
       Unconfined::kMayFail},
      {"allow dumps of itself",
       [](const World&) { return ErrnoOf(::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)); }},
      {"add a system call filter",
       [](const World&) {
         seccomp_notif_sizes sizes{};
         return ErrnoOf(::syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes));
       }},
      {"type into the terminal",
       [](const World& w) { return ErrnoOf(::ioctl(w.accepted(), TIOCSTI, "x")); },
       Unconfined::kMayFail},
      {"type into the terminal with garbage above the command",
       [](const World& w) {
         return ErrnoOf(
             ::syscall(SYS_ioctl, w.accepted(), TIOCSTI | (std::uint64_t{1} << 32), "x"));
       },
       Unconfined::kMayFail},
      {"make shared memory", [](const World&) { return SharedMemory(); }, Unconfined::kMayFail},
      {"make a message queue", [](const World&) { return MessageQueue(); }, Unconfined::kMayFail},
      {"look into the kernel's log", [](const World&) { return Raw(SYS_syslog, 10); },
       Unconfined::kMayFail},
      {"set the clock", [](const World&) { return Raw(SYS_clock_settime, 0, 1); },
       Unconfined::kMayFail},
      {"watch files", [](const World&) { return Raw(SYS_inotify_init1); }},
      {"open a file by handle", [](const World&) { return Raw(SYS_open_by_handle_at, -100); },
       Unconfined::kMayFail},
#if defined(__x86_64__)
      {"use an x32 call", [](const World&) { return Raw(0x40000000L | SYS_getpid); },
       Unconfined::kMayFail, Answer::kDeath},
      {"use a 32-bit call", [](const World&) { return Int80(); }, Unconfined::kMayFail,
       Answer::kDeath},
      {"change its segments", [](const World&) { return Raw(SYS_modify_ldt, 0); },
       Unconfined::kMayFail},
      {"use I/O ports", [](const World&) { return Raw(SYS_iopl, 0); }, Unconfined::kMayFail},
#endif
      {"use a call that does not exist", [](const World&) { return Raw(999); },
       Unconfined::kMayFail},
  };
}

int ErrnoOf(long result) { return result < 0 ? errno : 0; }

std::vector<Attempt> AllAttempts() {
  std::vector<Attempt> all;
  for (const auto& group :
       {FileAttempts(), SocketAttempts(), ProcessAttempts(), MemoryAttempts(), KernelAttempts()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

}  // namespace secai::containment
