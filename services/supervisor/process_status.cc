#include "supervisor/process_status.h"

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

}  // namespace

ProcessStatus ParseProcessStatus(std::string_view text) {
  ProcessStatus status;
  status.seccomp = DigitOf(text, "\nSeccomp:\t");
  if (const auto digit = DigitOf(text, "\nNoNewPrivs:\t"); digit) status.no_new_privs = *digit == 1;
  return status;
}

ProcessStatus ReadProcessStatus(pid_t pid) {
  if (pid <= 0) return {};
  const std::string path = "/proc/" + std::to_string(pid) + "/status";
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return {};
  std::string text(8192, '\0');
  const ssize_t count = ::read(file.get(), text.data(), text.size());
  if (count <= 0) return {};
  return ParseProcessStatus(std::string_view(text).substr(0, static_cast<std::size_t>(count)));
}

}  // namespace secai::supervisor
