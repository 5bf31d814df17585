#include "sandbox/spawner_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <vector>

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/elf_interpreter.h"
#include "sandbox/enter_sandbox.h"
#include "sandbox/powers/base_io.h"
#include "sandbox/powers/kill_child.h"
#include "sandbox/powers/spawn.h"
#include "sandbox/powers/wait_child.h"
#include "sandbox/spawner.h"
#include "sandbox/spawner_wire.h"

namespace secai::sandbox {
namespace {

// Descriptors on their way into a child wait from this number on, above every target (3 to 3 +
// kMaxFds).
constexpr int kFirstHighFd = 100;
constexpr idtype_t kWaitByPidfd = static_cast<idtype_t>(3);  // P_PIDFD.

// What the loader and the libraries of a program read before it confines itself; a system may lack
// some.
constexpr std::array kReadableByChildren = {"/lib",
                                            "/lib64",
                                            "/usr/lib",
                                            "/usr/lib64",
                                            "/etc/ld.so.cache",
                                            "/etc/localtime",
                                            "/usr/share/zoneinfo",
                                            "/etc/ssl/openssl.cnf",
                                            "/proc/cpuinfo",
                                            "/proc/meminfo",
                                            "/sys/devices/system"};

int PidfdOpen(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

struct Entry {
  std::uint32_t id = 0;
  pid_t pid = -1;
  UniqueFd pidfd;
  std::optional<ExitStatus> status;  // Known once it has ended.
  bool is_forgotten = false;         // The room does not want it any more.
};

// Closes all but 0 to 2 and `kept`.
void CloseAllBut(std::vector<int> kept) {
  std::sort(kept.begin(), kept.end());
  unsigned first = 3;
  for (const int fd : kept) {
    const auto number = static_cast<unsigned>(fd);
    if (number < first) continue;
    if (number > first) ::syscall(SYS_close_range, first, number - 1, 0);
    first = number + 1;
  }
  ::syscall(SYS_close_range, first, ~0U, 0);
}

// In the new process: descriptors, signals, exec. Returns the errno of what failed.
int BecomeProgram(int program, const std::string& name, pid_t spawner_pid, int null_fd,
                  const std::vector<std::string>& arguments, const std::vector<UniqueFd>& fds) {
  // Kept over exec. The parent may have died before the call: then nobody would ever send the
  // signal.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return errno;
  if (::getppid() != spawner_pid) return ESRCH;

  const int high_program = ::fcntl(program, F_DUPFD_CLOEXEC, kFirstHighFd);
  if (high_program < 0) return errno;
  std::vector<int> high_fds;
  for (const UniqueFd& fd : fds) {
    high_fds.push_back(::fcntl(fd.get(), F_DUPFD_CLOEXEC, kFirstHighFd));
    if (high_fds.back() < 0) return errno;
  }
  if (::dup2(null_fd, 0) < 0 || ::dup2(null_fd, 1) < 0) return errno;
  int next = 3;
  for (const int fd : high_fds) {
    if (::dup2(fd, next++) < 0) return errno;
  }
  // Not closed but marked: the program's own descriptor and the error pipe are needed up to exec.
  if (::syscall(SYS_close_range, static_cast<unsigned>(next), ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
    return errno;
  }
  for (const int number : {SIGINT, SIGTERM, SIGPIPE, SIGXFSZ}) std::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);

  std::vector<char*> argv;
  argv.push_back(const_cast<char*>(name.c_str()));  // exec copies them.
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  char* environment[] = {nullptr};
  ::syscall(SYS_execveat, high_program, "", argv.data(), environment, AT_EMPTY_PATH);
  return errno;
}

class Server {
 public:
  Server(int channel, int program, int null_fd, std::string name)
      : channel_(channel), program_(program), null_fd_(null_fd), name_(std::move(name)) {}

  // Returns when the room hangs up or breaks the protocol.
  void Serve() {
    while (WaitForRequest()) {
      auto packet = ReceivePacket(channel_);
      if (!packet.has_value() || packet->bytes.empty()) return;
      auto request = DecodeRequest(packet->bytes);
      if (!request.has_value()) return;
      UniqueFd pidfd;
      const SpawnerReply reply = Answer(*request, packet->fds, pidfd);
      const int fd = pidfd.get();
      const std::span<const int> fds(&fd, pidfd.is_open() ? 1U : 0U);
      if (!SendPacket(channel_, EncodeReply(reply), fds).has_value()) return;
    }
  }

  void KillAll() {
    for (const Entry& entry : entries_) Signal(entry);
  }

 private:
  // Reaps what ends meanwhile. False: stop.
  bool WaitForRequest() {
    while (true) {
      std::vector<pollfd> waits{{.fd = channel_, .events = POLLIN, .revents = 0}};
      for (const Entry& entry : entries_) {
        if (!entry.status)
          waits.push_back({.fd = entry.pidfd.get(), .events = POLLIN, .revents = 0});
      }
      if (::poll(waits.data(), waits.size(), -1) < 0) {
        if (errno == EINTR) continue;
        return false;
      }
      for (Entry& entry : entries_) Reap(entry);
      std::erase_if(entries_,
                    [](const Entry& entry) { return entry.is_forgotten && entry.status; });
      if (waits.front().revents != 0) return true;
    }
  }

  static void Reap(Entry& entry) {
    if (entry.status) return;
    siginfo_t info{};
    if (::waitid(kWaitByPidfd, static_cast<id_t>(entry.pidfd.get()), &info, WEXITED | WNOHANG) !=
            0 ||
        info.si_pid == 0) {
      return;
    }
    entry.status = ExitStatus{.was_signalled = info.si_code != CLD_EXITED, .value = info.si_status};
  }

  static void Signal(const Entry& entry) {
    // After its end this answers ESRCH: nothing to do. The pidfd never names another process.
    if (!entry.status) ::syscall(SYS_pidfd_send_signal, entry.pidfd.get(), SIGKILL, nullptr, 0);
  }

  Entry* Find(std::uint32_t id) {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& entry) { return entry.id == id; });
    return found == entries_.end() ? nullptr : &*found;
  }

  SpawnerReply Answer(const SpawnerRequest& request, const std::vector<UniqueFd>& fds,
                      UniqueFd& pidfd) {
    if (request.operation == SpawnerOperation::kSpawn) return Start(request.arguments, fds, pidfd);
    Entry* entry = Find(request.child_id);
    if (entry == nullptr) return {.error_number = ESRCH, .child_id = request.child_id};
    SpawnerReply reply{.child_id = entry->id, .pid = entry->pid};
    if (request.operation == SpawnerOperation::kForget) entry->is_forgotten = true;
    if (request.operation != SpawnerOperation::kPoll) Signal(*entry);
    if (entry->status) {
      reply.state = entry->status->was_signalled ? ChildState::kSignalled : ChildState::kExited;
      reply.value = entry->status->value;
    }
    return reply;
  }

  SpawnerReply Start(const std::vector<std::string>& arguments, const std::vector<UniqueFd>& fds,
                     UniqueFd& pidfd) {
    if (entries_.size() >= Spawner::kMaxChildren) return {.error_number = EAGAIN};
    // Closed by a successful exec; else the errno of what failed comes through.
    int error_pipe[2] = {-1, -1};
    if (::pipe2(error_pipe, O_CLOEXEC) != 0) return {.error_number = errno};
    const UniqueFd error_reader(error_pipe[0]);
    UniqueFd error_writer(error_pipe[1]);
    const pid_t spawner_pid = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) return {.error_number = errno};
    if (pid == 0) {
      const int writer = ::fcntl(error_writer.get(), F_DUPFD_CLOEXEC, kFirstHighFd);
      const int error = BecomeProgram(program_, name_, spawner_pid, null_fd_, arguments, fds);
      [[maybe_unused]] const auto written = ::write(writer, &error, sizeof error);
      ::_exit(127);
    }
    error_writer.Reset();
    Entry entry{.id = next_id_++, .pid = pid, .pidfd = UniqueFd(PidfdOpen(pid)), .status = {}};
    int error = 0;
    ssize_t size = -1;
    while ((size = ::read(error_reader.get(), &error, sizeof error)) < 0 && errno == EINTR) {
    }
    if (size != 0 || !entry.pidfd.is_open()) {
      if (size == 0) error = EMFILE;             // It runs, but cannot be watched: it may not stay.
      ::syscall(SYS_tgkill, pid, pid, SIGKILL);  // Our own filter refuses kill(2).
      while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
      }
      return {.error_number = error == 0 ? EIO : error};
    }
    pidfd.Reset(::fcntl(entry.pidfd.get(), F_DUPFD_CLOEXEC, 3));
    const SpawnerReply reply{.child_id = entry.id, .pid = pid};
    entries_.push_back(std::move(entry));
    return reply;
  }

  int channel_;
  int program_;
  int null_fd_;
  std::string name_;
  std::uint32_t next_id_ = 1;
  std::vector<Entry> entries_;
};

// From here on the process can start `program` and nothing else.
Result<> Confine(const SpawnerProcess& process) {
  TRY_ASSIGN(const auto sandbox, MakeSpawnerSandbox(process.program.get(), process.name));
  return EnterSandbox(sandbox.profile, process.probe);
}

}  // namespace

Result<SpawnerSandbox> MakeSpawnerSandbox(int program, const std::string& name) {
  TRY_ASSIGN(const std::string interpreter, ElfInterpreter(program));
  SpawnerSandbox sandbox{.profile = Profile::ForSpawner("spawner of " + name), .held = {}};
  Spawn spawn{.file_fd = program, .interpreter_fd = -1, .readable_fds = {}};
  if (!interpreter.empty()) {
    sandbox.held.emplace_back(::open(interpreter.c_str(), O_PATH | O_CLOEXEC));
    if (!sandbox.held.back().is_open()) {
      return Fail(ErrorCode::kNotFound, "no ELF interpreter " + interpreter);
    }
    spawn.interpreter_fd = sandbox.held.back().get();
  }
  for (const char* path : kReadableByChildren) {
    UniqueFd fd(::open(path, O_PATH | O_CLOEXEC));
    if (!fd.is_open()) continue;
    spawn.readable_fds.push_back(fd.get());
    sandbox.held.push_back(std::move(fd));
  }
  sandbox.profile.Add(BaseIo{}).Add(WaitChild{}).Add(KillChild{}).Add(spawn);
  return sandbox;
}

void RunSpawnerProcess(SpawnerProcess process) {
  ::setsid();  // No signal of the room's terminal reaches it or its children.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
  ::prctl(PR_SET_NAME, "spawner", 0, 0, 0);
  CloseAllBut({process.channel.get(), process.program.get()});
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  SpawnerReply ready;
  const auto confined = Confine(process);
  if (!confined.has_value() || !null.is_open()) {
    ready.error_number = EPERM;
    ready.text = confined.has_value() ? "no /dev/null" : confined.error().message;
  }
  // After the last change of user, which clears it.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (::getppid() != process.room_pid) ::_exit(1);
  if (!SendPacket(process.channel.get(), EncodeReply(ready), {}).has_value() ||
      ready.error_number != 0) {
    ::_exit(1);
  }
  Server server(process.channel.get(), process.program.get(), null.get(), process.name);
  server.Serve();
  server.KillAll();
  ::_exit(0);
}

}  // namespace secai::sandbox
