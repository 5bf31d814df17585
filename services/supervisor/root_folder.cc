#include "supervisor/root_folder.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/folders.h"

namespace secai::supervisor {
namespace {

constexpr std::size_t kMaxPolicyBytes = std::size_t{1} << 20;
constexpr const char* kPolicyName = "policy.yaml";
constexpr const char* kNewPolicyName = ".policy.yaml.new";

tl::unexpected<Error> FailErrno(const std::string& what) {
  return Fail(ErrorCode::kInternal, what + ": " + std::strerror(errno));
}

Result<UniqueFd> OpenRoot(const std::string& path) {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  std::filesystem::create_directories(parent, error);
  if (error) return Fail(ErrorCode::kInternal, parent.string() + ": " + error.message());
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return FailErrno(path);
  UniqueFd root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.is_open()) return FailErrno(path);
  struct stat status = {};
  if (::fstat(root.get(), &status) != 0) return FailErrno(path);
  if (status.st_uid != ::geteuid()) {
    return Fail(ErrorCode::kDenied, path + " belongs to another user; choose another --root");
  }
  if ((status.st_mode & 022U) != 0) {
    return Fail(ErrorCode::kDenied,
                path + " is writable by others; run: chmod go-w '" + path + "'");
  }
  return root;
}

Result<> WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FailErrno("write");
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return Ok();
}

// Whole or not at all: written beside, then linked, which fails when somebody was faster.
Result<> InstallPolicy(int folder_fd, const std::string& shipped_policy) {
  if (::faccessat(folder_fd, kPolicyName, F_OK, AT_SYMLINK_NOFOLLOW) == 0) return Ok();
  auto text = service::ReadSmallFile(AT_FDCWD, shipped_policy, kMaxPolicyBytes);
  if (!text.has_value()) {
    return tl::unexpected(std::move(text).error().Wrap("the shipped policy"));
  }
  ::unlinkat(folder_fd, kNewPolicyName, 0);
  const UniqueFd file(::openat(folder_fd, kNewPolicyName,
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.is_open()) return FailErrno(kNewPolicyName);
  TRY(WriteAll(file.get(), *text));
  if (::fsync(file.get()) != 0) return FailErrno(kNewPolicyName);
  const bool is_installed =
      ::linkat(folder_fd, kNewPolicyName, folder_fd, kPolicyName, 0) == 0 || errno == EEXIST;
  if (!is_installed) return FailErrno(kPolicyName);
  ::unlinkat(folder_fd, kNewPolicyName, 0);
  if (::fsync(folder_fd) != 0) return FailErrno("the policy folder");
  return Ok();
}

}  // namespace

Result<RootFolder> PrepareRoot(const std::string& root, const std::string& shipped_policy) {
  RootFolder folder;
  TRY_ASSIGN(folder.root, OpenRoot(root));
  const int fd = folder.root.get();
  TRY_ASSIGN(folder.run, service::OpenFolderBelow(fd, "run/secure-ai", true));
  if (::fchmod(folder.run.get(), 0700) != 0) return FailErrno("run/secure-ai");
  TRY_ASSIGN(folder.log, service::OpenFolderBelow(fd, "var/log/secure-ai", true));
  TRY_ASSIGN(folder.policy, service::OpenFolderBelow(fd, "etc/secure-ai/policy", true));
  for (const char* name : {"registry", "quarantine", "audit", "state"}) {
    TRY(service::OpenFolderBelow(fd, std::string("var/lib/secure-ai/") + name, true));
  }
  TRY(InstallPolicy(folder.policy.get(), shipped_policy));
  return folder;
}

}  // namespace secai::supervisor
