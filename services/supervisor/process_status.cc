#include "supervisor/process_status.h"

#include <sstream>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace secai::supervisor {
namespace {

// The digit after "Name:\t" at the beginning of a line, or nothing.
std::optional<int> DigitOf(std::string_view text, std::string_view line_start) {
  const std::size_t found = text.find(line_start);
  if (found == std::string_view::npos || found + line_start.size() >= text.size()) return {};
  const char digit = text[found + line_start.size()];
  if (digit < '0' || digit > '9') return {};
  return digit - '0';
}

// At most `max_bytes` of a file of the kernel; empty when it cannot be read.
std::string ReadKernelFile(const std::string& path, std::size_t max_bytes) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return {};
  std::string text(max_bytes, '\0');
  const ssize_t count = ::read(file.get(), text.data(), text.size());
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

}  // namespace

ProcessStatus ParseProcessStatus(std::string_view text) {
  ProcessStatus status;
  status.seccomp = DigitOf(text, "\nSeccomp:\t");
  if (const auto digit = DigitOf(text, "\nNoNewPrivs:\t"); digit) status.no_new_privs = *digit == 1;
  return status;
}

ProcessStatus ReadProcessStatus(pid_t pid) {
  if (pid <= 0) return {};
  return ParseProcessStatus(ReadKernelFile("/proc/" + std::to_string(pid) + "/status", 8192));
}

std::vector<pid_t> ReadChildren(pid_t pid) {
  std::vector<pid_t> children;
  if (pid <= 0) return children;
  const std::string id = std::to_string(pid);
  std::istringstream text(ReadKernelFile("/proc/" + id + "/task/" + id + "/children", 8192));
  for (pid_t child = 0; text >> child;) children.push_back(child);
  return children;
}

}  // namespace secai::supervisor
