#include "supervisor/root_lock.h"

#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/json_fields.h"
#include "base/strict_json.h"

namespace secai::supervisor {
namespace {

constexpr const char* kLockName = "supervisor.lock";
constexpr std::size_t kMaxLockBytes = 4096;

tl::unexpected<Error> FailErrno(const char* what) {
  const int error = errno;
  return Fail(error == EPERM || error == EACCES ? ErrorCode::kDenied : ErrorCode::kInternal,
              std::string(what) + ": " + std::strerror(error));
}

Result<UniqueFd> OpenLock(int run_folder_fd, int flags) {
  UniqueFd file(::openat(run_folder_fd, kLockName, O_RDWR | O_NOFOLLOW | O_CLOEXEC | flags, 0600));
  if (!file.is_open()) {
    if (errno == ENOENT) return Fail(ErrorCode::kNotFound, "nothing is running");
    return FailErrno(kLockName);
  }
  return file;
}

// True when somebody else holds the lock; false when it is ours now.
Result<bool> IsHeldByAnother(int fd) {
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return false;
  if (errno == EWOULDBLOCK) return true;
  return FailErrno("flock");
}

Result<RunningSystem> Parse(int fd) {
  std::string text(kMaxLockBytes, '\0');
  const ssize_t count = ::pread(fd, text.data(), text.size(), 0);
  if (count < 0) return FailErrno(kLockName);
  text.resize(static_cast<std::size_t>(count));
  const auto read = [&]() -> Result<RunningSystem> {
    TRY_ASSIGN(const boost::json::value value, ParseStrictJson(text));
    TRY_ASSIGN(const boost::json::object* object, AsObject(value, kLockName));
    RunningSystem system;
    TRY_ASSIGN(const std::int64_t pid, GetInt(*object, "pid", 1, 1 << 30));
    system.pid = static_cast<pid_t>(pid);
    TRY_ASSIGN(const std::int64_t port, GetInt(*object, "port", 0, 65535));
    system.port = static_cast<std::uint16_t>(port);
    TRY_ASSIGN(system.url, GetString(*object, "url", 256));
    return system;
  };
  auto system = read();
  if (!system.has_value()) {
    return Fail(ErrorCode::kCorrupt, std::string(kLockName) + ": " + system.error().message);
  }
  return system;
}

Result<> Signal(int pidfd, int signal) {
  if (::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0 || errno == ESRCH) {
    return Ok();
  }
  return FailErrno("cannot stop it");
}

// True when the process has ended.
bool WaitForEnd(int pidfd, std::chrono::milliseconds budget) {
  struct pollfd ended = {.fd = pidfd, .events = POLLIN, .revents = 0};
  return ::poll(&ended, 1, static_cast<int>(budget.count())) == 1;
}

}  // namespace

Result<RootLock> RootLock::Acquire(int run_folder_fd) {
  TRY_ASSIGN(UniqueFd file, OpenLock(run_folder_fd, O_CREAT));
  TRY_ASSIGN(const bool is_held, IsHeldByAnother(file.get()));
  if (is_held) {
    const auto other = Parse(file.get());
    std::string message = "already running";
    if (other.has_value()) {
      message += " as process " + std::to_string(other->pid);
      if (!other->url.empty()) message += " at " + other->url;
    }
    return Fail(ErrorCode::kUnavailable, std::move(message));
  }
  RootLock lock(std::move(file));
  TRY(lock.Announce({.pid = ::getpid(), .port = 0, .url = {}}));
  return lock;
}

Result<> RootLock::Announce(const RunningSystem& system) {
  boost::json::object object;
  object["pid"] = system.pid;
  object["port"] = system.port;
  object["url"] = system.url;
  const std::string text = boost::json::serialize(object) + "\n";
  // Readers come at any time: the new text first, then the end of a longer old one is cut off.
  const ssize_t count = ::pwrite(file_.get(), text.data(), text.size(), 0);
  if (count != static_cast<ssize_t>(text.size()) || ::ftruncate(file_.get(), count) != 0) {
    return FailErrno(kLockName);
  }
  return Ok();
}

Result<RunningSystem> FindRunning(int run_folder_fd) {
  TRY_ASSIGN(const UniqueFd file, OpenLock(run_folder_fd, 0));
  TRY_ASSIGN(const bool is_held, IsHeldByAnother(file.get()));
  if (!is_held) return Fail(ErrorCode::kNotFound, "nothing is running");
  return Parse(file.get());
}

Result<pid_t> StopRunning(int run_folder_fd, std::chrono::milliseconds budget) {
  TRY_ASSIGN(const RunningSystem system, FindRunning(run_folder_fd));
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, system.pid, 0)));
  if (!pidfd.is_open() && errno == ESRCH) return system.pid;
  if (!pidfd.is_open()) return FailErrno("pidfd_open");
  // The lock is still held, so the pid was not yet given to a stranger when the descriptor was
  // made.
  TRY(FindRunning(run_folder_fd));
  TRY(Signal(pidfd.get(), SIGTERM));
  if (WaitForEnd(pidfd.get(), budget)) return system.pid;
  TRY(Signal(pidfd.get(), SIGKILL));
  if (!WaitForEnd(pidfd.get(), budget)) {
    return Fail(ErrorCode::kInternal, "process " + std::to_string(system.pid) + " does not end");
  }
  return system.pid;
}

}  // namespace secai::supervisor
