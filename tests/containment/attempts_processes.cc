#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempts.h"

namespace secai::containment {
namespace {

int Fork() {
  const pid_t child = ::fork();
  if (child < 0) return errno;
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  return 0;
}

// glibc's pthread_create asks for clone3 first and falls back: this asks for a process directly.
int Clone3Process() {
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  const long child = ::syscall(SYS_clone3, &arguments, sizeof arguments);
  if (child < 0) return errno;
  if (child == 0) ::_exit(0);
  ::waitpid(static_cast<pid_t>(child), nullptr, 0);
  return 0;
}

int StartThread() {
  pthread_t thread{};
  const int error =
      ::pthread_create(&thread, nullptr, [](void*) -> void* { return nullptr; }, nullptr);
  if (error == 0) ::pthread_join(thread, nullptr);
  return error;
}

// /bin/true ends with 0, which is what "it worked" looks like from outside.
int Exec(int fd) {
  char name[] = "true";
  char* arguments[] = {name, nullptr};
  char* environment[] = {nullptr};
  ::syscall(SYS_execveat, fd, "", arguments, environment, AT_EMPTY_PATH);
  return errno;
}

int ExecPath() {
  char name[] = "true";
  char* arguments[] = {name, nullptr};
  char* environment[] = {nullptr};
  ::execve("/bin/true", arguments, environment);
  return errno;
}

int Ptrace(pid_t pid) {
  const int error = ErrnoOf(::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr));
  if (error == 0) ::ptrace(PTRACE_DETACH, pid, nullptr, nullptr);
  return error;
}

int ReadMemory(const World& world) {
  char byte = 0;
  const iovec local{.iov_base = &byte, .iov_len = 1};
  const iovec remote{.iov_base = const_cast<void*>(world.victim_memory()), .iov_len = 1};
  return ErrnoOf(::process_vm_readv(world.victim(), &local, 1, &remote, 1, 0));
}

int WriteMemory(const World& world) {
  char byte = 'w';
  const iovec local{.iov_base = &byte, .iov_len = 1};
  const iovec remote{.iov_base = const_cast<void*>(world.victim_memory()), .iov_len = 1};
  return ErrnoOf(::process_vm_writev(world.victim(), &local, 1, &remote, 1, 0));
}

int Queue(pid_t pid) {
  siginfo_t info{};
  info.si_code = SI_QUEUE;
  return ErrnoOf(::syscall(SYS_rt_sigqueueinfo, pid, SIGUSR1, &info));
}

// The kernel sends SIGIO to whoever was named here.
int NameSignalOwner(const World& world) {
  return ErrnoOf(::fcntl(world.accepted(), F_SETOWN, world.victim()));
}

int RaiseOpenFiles() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return errno;
  limit.rlim_cur = limit.rlim_max > 0 ? limit.rlim_max - 1 : 0;
  return ErrnoOf(::setrlimit(RLIMIT_NOFILE, &limit));
}

int LimitVictim(pid_t pid) {
  const rlimit limit{.rlim_cur = 0, .rlim_max = RLIM_INFINITY};
  return ErrnoOf(::prlimit(pid, RLIMIT_CORE, &limit, nullptr));
}

int PinVictim(pid_t pid) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  return ErrnoOf(::sched_setaffinity(pid, sizeof one, &one));
}

}  // namespace

std::vector<Attempt> ProcessAttempts() {
  return {
      {"fork", [](const World&) { return Fork(); }},
      {"make a process by clone3", [](const World&) { return Clone3Process(); }},
      {"make a process by clone",
       [](const World&) {
         const long child = ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr);
         if (child == 0) ::_exit(0);
         return ErrnoOf(child);
       }},
      {"start a thread", [](const World&) { return StartThread(); }},
      {"execute a path", [](const World&) { return ExecPath(); }},
      {"execute a descriptor", [](const World& w) { return Exec(w.executable()); }},
      {"trace the victim", [](const World& w) { return Ptrace(w.victim()); }},
      {"read the victim's memory", ReadMemory},
      {"write the victim's memory", WriteMemory},
      {"signal the victim", [](const World& w) { return ErrnoOf(::kill(w.victim(), SIGUSR1)); }},
      {"signal everybody", [](const World&) { return ErrnoOf(::kill(-1, 0)); },
       Unconfined::kMayFail},
      {"signal the victim's thread",
       [](const World& w) {
         return ErrnoOf(::syscall(SYS_tgkill, w.victim(), w.victim(), SIGUSR1));
       }},
      {"signal the victim by the old call",
       [](const World& w) { return ErrnoOf(::syscall(SYS_tkill, w.victim(), SIGUSR1)); }},
      {"queue a signal to the victim", [](const World& w) { return Queue(w.victim()); }},
      {"signal the victim by descriptor",
       [](const World& w) {
         return ErrnoOf(::syscall(SYS_pidfd_send_signal, w.victim_pidfd(), SIGUSR1, nullptr, 0));
       }},
      {"open the victim as a descriptor",
       [](const World& w) { return ErrnoOf(::syscall(SYS_pidfd_open, w.victim(), 0)); }},
      {"take the victim's descriptor",
       [](const World& w) { return ErrnoOf(::syscall(SYS_pidfd_getfd, w.victim_pidfd(), 0, 0)); }},
      {"have the kernel signal the victim", NameSignalOwner},
      {"signal itself",
       [](const World&) { return ErrnoOf(::syscall(SYS_tgkill, ::getpid(), ::gettid(), 0)); }},
      {"change a limit", [](const World&) { return RaiseOpenFiles(); }},
      {"limit the victim", [](const World& w) { return LimitVictim(w.victim()); }},
      {"pin the victim to a CPU", [](const World& w) { return PinVictim(w.victim()); }},
      {"slow the victim down",
       [](const World& w) {
         return ErrnoOf(::setpriority(PRIO_PROCESS, static_cast<id_t>(w.victim()), 19));
       }},
  };
}

}  // namespace secai::containment
