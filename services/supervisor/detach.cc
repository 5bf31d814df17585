#include "supervisor/detach.h"

#include <cerrno>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace secai::supervisor {
namespace {

// What the child writes: notes as they are, then this byte, the exit code as a digit, and the
// outcome.
constexpr char kOutcomeMark = '\x1e';

void WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return;  // Nobody listens any more; the start goes on.
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

// The parent's part: hands on what the child says, and leaves as it says.
[[noreturn]] void WaitForOutcome(int pipe_fd) {
  std::string said;
  char buffer[4096];
  for (;;) {
    const ssize_t count = ::read(pipe_fd, buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    said.append(buffer, static_cast<std::size_t>(count));
  }
  const std::size_t mark = said.find(kOutcomeMark);
  WriteAll(STDERR_FILENO, std::string_view(said).substr(0, mark));
  if (mark == std::string::npos || mark + 1 >= said.size()) {
    WriteAll(STDERR_FILENO, "secai: the supervisor ended before it was ready\n");
    ::_exit(1);
  }
  const int exit_code = said[mark + 1] - '0';
  WriteAll(exit_code == 0 ? STDOUT_FILENO : STDERR_FILENO, std::string_view(said).substr(mark + 2));
  ::_exit(exit_code);
}

}  // namespace

StartReporter StartReporter::Foreground() {
  StartReporter reporter;
  reporter.terminal_ = UniqueFd(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
  return reporter;
}

Result<StartReporter> StartReporter::Detached() {
  int ends[2] = {-1, -1};
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null.is_open() || ::pipe2(ends, O_CLOEXEC) != 0) {
    return Fail(ErrorCode::kInternal, std::string("cannot detach: ") + std::strerror(errno));
  }
  UniqueFd read_end(ends[0]);
  StartReporter reporter;
  reporter.pipe_ = UniqueFd(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return Fail(ErrorCode::kInternal, std::string("fork: ") + std::strerror(errno));
  if (child > 0) {
    reporter.pipe_.Reset();
    WaitForOutcome(read_end.get());
  }
  if (::setsid() < 0 || ::dup2(null.get(), STDIN_FILENO) < 0 ||
      ::dup2(null.get(), STDOUT_FILENO) < 0 || ::dup2(null.get(), STDERR_FILENO) < 0) {
    return Fail(ErrorCode::kInternal, std::string("cannot detach: ") + std::strerror(errno));
  }
  return reporter;
}

void StartReporter::Note(const std::string& sentence) {
  const std::string line = "secai: " + sentence + "\n";
  WriteAll(pipe_.is_open() ? pipe_.get() : terminal_.get(), line);
}

void StartReporter::Finish(int exit_code, const std::string& text) {
  if (pipe_.is_open()) {
    WriteAll(pipe_.get(), std::string(1, kOutcomeMark) + static_cast<char>('0' + exit_code) + text);
    pipe_.Reset();
  } else {
    WriteAll(exit_code == 0 ? STDOUT_FILENO : terminal_.get(), text);
  }
}

}  // namespace secai::supervisor
