#include "service/passed_descriptors.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "service/environment.h"

namespace secai::service {
namespace {

std::optional<int> ParseNumber(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

}  // namespace

Result<std::vector<std::string>> ParsePassedNames(
    const std::optional<std::string>& listen_fds,
    const std::optional<std::string>& listen_fdnames) {
  const std::optional<int> count = listen_fds ? ParseNumber(*listen_fds) : 0;
  if (!count || *count < 0 || *count > kMaxPassedFds) {
    return Fail(ErrorCode::kInvalidArgument, "LISTEN_FDS is not a number from 0 to 32");
  }
  std::vector<std::string> names;
  if (listen_fdnames && !listen_fdnames->empty()) {
    std::string_view rest = *listen_fdnames;
    while (true) {
      const std::size_t colon = rest.find(':');
      names.emplace_back(rest.substr(0, colon));
      if (colon == std::string_view::npos) break;
      rest.remove_prefix(colon + 1);
    }
  }
  if (std::cmp_not_equal(names.size(), *count)) {
    return Fail(ErrorCode::kInvalidArgument, "LISTEN_FDNAMES does not name LISTEN_FDS descriptors");
  }
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (name->empty() || !std::ranges::all_of(*name, IsNameCharacter)) {
      return Fail(ErrorCode::kInvalidArgument, "LISTEN_FDNAMES holds a name that is no name");
    }
    if (std::find(names.begin(), name, *name) != name) {
      return Fail(ErrorCode::kInvalidArgument, "LISTEN_FDNAMES holds " + *name + " twice");
    }
  }
  return names;
}

Result<PassedDescriptors> PassedDescriptors::FromEnvironment() {
  if (const auto pid = EnvironmentValue("LISTEN_PID"); pid && ParseNumber(*pid) != ::getpid()) {
    return Fail(ErrorCode::kInvalidArgument, "LISTEN_PID is another process");
  }
  TRY_ASSIGN(const std::vector<std::string> names,
             ParsePassedNames(EnvironmentValue("LISTEN_FDS"), EnvironmentValue("LISTEN_FDNAMES")));
  PassedDescriptors passed;
  int fd = kFirstPassedFd;
  for (const std::string& name : names) {
    if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
      return Fail(ErrorCode::kInvalidArgument, "passed descriptor " + name + " is not open");
    }
    passed.by_name_.emplace(name, UniqueFd(fd));
    ++fd;
  }
  return passed;
}

Result<UniqueFd> PassedDescriptors::Take(std::string_view name) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    return Fail(ErrorCode::kNotFound, "no descriptor named " + std::string(name) + " was passed");
  }
  UniqueFd fd = std::move(found->second);
  by_name_.erase(found);
  return fd;
}

std::vector<std::string> PassedDescriptors::names() const {
  std::vector<std::string> names;
  for (const auto& [name, fd] : by_name_) names.push_back(name);
  return names;
}

int PassedDescriptors::Peek(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? -1 : found->second.get();
}

}  // namespace secai::service
