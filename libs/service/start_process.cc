#include "service/start_process.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "service/passed_descriptors.h"

namespace secai::service {
namespace {

constexpr int kExecFailed = 127;
// Above every number that the child's own descriptors get, so that moving them overwrites none.
constexpr int kLowestTemporaryFd = 64;

tl::unexpected<Error> FailErrno(const char* what) {
  return Fail(ErrorCode::kInternal, std::string(what) + ": " + std::strerror(errno));
}

// Everything the child needs, allocated before the fork.
struct ChildPlan {
  const char* executable = nullptr;
  std::vector<char*> arguments;
  std::vector<char*> environment;
  char* pid_digits = nullptr;  // Where LISTEN_PID's digits go.
  std::vector<UniqueFd> fds;   // Duplicates at 64 and above, close-on-exec.
  int null_fd = -1;
  int errors_fd = -1;
  int failure_fd = -1;  // Tells the parent errno when exec failed.
  pid_t parent = 0;
};

// Only async-signal-safe calls from here on.
[[noreturn]] void FailInChild(const ChildPlan& plan) {
  const int error = errno;
  (void)!::write(plan.failure_fd, &error, sizeof(error));
  ::_exit(kExecFailed);
}

void WriteDigits(pid_t pid, char* to) {
  char digits[16];
  int count = 0;
  for (; pid > 0; pid /= 10) digits[count++] = static_cast<char>('0' + pid % 10);
  while (count > 0) *to++ = digits[--count];
  *to = '\0';
}

void ResetSignals() {
  struct sigaction by_default = {};
  by_default.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &by_default, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void RunChild(const ChildPlan& plan) {
  ResetSignals();
  // Own session: Ctrl-C in the owner's terminal is the supervisor's to handle, and no room can
  // write to that terminal or push keys into it.
  if (::setsid() < 0) FailInChild(plan);
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) FailInChild(plan);
  if (::getppid() != plan.parent) ::_exit(kExecFailed);  // It died before the line above.
  ::umask(077);
  if (::chdir("/") != 0) FailInChild(plan);
  if (::dup2(plan.null_fd, STDIN_FILENO) < 0 || ::dup2(plan.errors_fd, STDOUT_FILENO) < 0 ||
      ::dup2(plan.errors_fd, STDERR_FILENO) < 0) {
    FailInChild(plan);
  }
  int next = kFirstPassedFd;
  for (const UniqueFd& fd : plan.fds) {
    if (::dup2(fd.get(), next++) < 0) FailInChild(plan);
  }
  // All others are close-on-exec; this holds even if a library of ours forgets once.
  if (::syscall(SYS_close_range, next, ~0U, CLOSE_RANGE_CLOEXEC) != 0) FailInChild(plan);
  WriteDigits(::getpid(), plan.pid_digits);
  ::execve(plan.executable, plan.arguments.data(), plan.environment.data());
  FailInChild(plan);
}

// Blocks all signals, so that a handler of ours never runs in the child.
class SignalBlock {
 public:
  SignalBlock() {
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, &old_);
  }
  SignalBlock(const SignalBlock&) = delete;
  SignalBlock& operator=(const SignalBlock&) = delete;
  ~SignalBlock() { ::sigprocmask(SIG_SETMASK, &old_, nullptr); }

 private:
  sigset_t old_ = {};
};

std::vector<char*> Pointers(std::vector<std::string>* texts) {
  std::vector<char*> pointers;
  for (std::string& text : *texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

Result<> DuplicateInto(int fd, std::vector<UniqueFd>* fds) {
  fds->emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, kLowestTemporaryFd));
  if (!fds->back().is_open()) return FailErrno("dup");
  return Ok();
}

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Result<Pipe> MakePipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return FailErrno("pipe");
  Pipe made{UniqueFd(ends[0]), UniqueFd(ends[1])};
  // Out of the way of the numbers that the child fills.
  std::vector<UniqueFd> high;
  TRY(DuplicateInto(made.write_end.get(), &high));
  made.write_end = std::move(high.front());
  return made;
}

std::string JoinNames(const ProcessPlan& plan) {
  std::string names;
  for (const auto& [name, fd] : plan.descriptors) {
    if (!names.empty()) names += ':';
    names += name;
  }
  return names;
}

// Waits until the child has executed its program: then the pipe closes, else it tells errno.
Result<> WaitForExec(int failure_fd, const std::string& executable) {
  int error = 0;
  ssize_t count = 0;
  do {
    count = ::read(failure_fd, &error, sizeof(error));
  } while (count < 0 && errno == EINTR);
  if (count == 0) return Ok();
  return Fail(ErrorCode::kNotFound, "cannot start " + executable + ": " + std::strerror(error));
}

}  // namespace

Result<StartedProcess> StartProcess(const ProcessPlan& plan) {
  std::vector<std::string> arguments = {
      plan.executable.substr(plan.executable.find_last_of('/') + 1)};
  arguments.insert(arguments.end(), plan.arguments.begin(), plan.arguments.end());
  constexpr std::string_view kPidPrefix = "LISTEN_PID=";
  std::vector<std::string> environment = {
      "LISTEN_FDS=" + std::to_string(plan.descriptors.size()),
      "LISTEN_FDNAMES=" + JoinNames(plan),
      std::string(kPidPrefix) + std::string(16, '\0'),
  };

  ChildPlan child;
  child.executable = plan.executable.c_str();
  child.arguments = Pointers(&arguments);
  child.environment = Pointers(&environment);
  child.pid_digits = environment.back().data() + kPidPrefix.size();
  for (const auto& [name, fd] : plan.descriptors) TRY(DuplicateInto(fd, &child.fds));
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null.is_open()) return FailErrno("/dev/null");
  TRY_ASSIGN(Pipe errors, MakePipe());
  TRY_ASSIGN(Pipe failure, MakePipe());
  child.null_fd = null.get();
  child.errors_fd = errors.write_end.get();
  child.failure_fd = failure.write_end.get();
  child.parent = ::getpid();

  StartedProcess started;
  {
    const SignalBlock block;
    started.pid = ::fork();
    if (started.pid == 0) RunChild(child);
  }
  if (started.pid < 0) return FailErrno("fork");
  // Not collected before CollectProcess(), so the pid is still this child's.
  started.pidfd = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, started.pid, 0)));
  failure.write_end.Reset();
  const Result<> executed = WaitForExec(failure.read_end.get(), plan.executable);
  if (!executed.has_value() || !started.pidfd.is_open()) {
    ::kill(started.pid, SIGKILL);
    ::waitpid(started.pid, nullptr, 0);
    TRY(executed);
    return Fail(ErrorCode::kInternal, "pidfd_open failed");
  }
  started.errors = std::move(errors.read_end);
  return started;
}

std::string ProcessEnd::Text() const {
  if (!was_killed) return "exit code " + std::to_string(number);
  return "signal " + std::to_string(number) + " (" + ::strsignal(number) + ")";
}

Result<ProcessEnd> CollectProcess(int pidfd) {
  siginfo_t info = {};
  int collected = -1;
  do {
    collected = ::waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED);
  } while (collected != 0 && errno == EINTR);
  if (collected != 0) return FailErrno("waitid");
  return ProcessEnd{.was_killed = info.si_code != CLD_EXITED, .number = info.si_status};
}

void KillProcess(int pidfd) { ::syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0); }

}  // namespace secai::service
