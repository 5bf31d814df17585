#include "service/folders.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace secai::service {
namespace {

tl::unexpected<Error> FailErrno(const std::string& what, int error) {
  const std::string message = what + ": " + std::strerror(error);
  switch (error) {
    case ENOENT:
      return Fail(ErrorCode::kNotFound, message);
    case EACCES:
    case EPERM:
    case ELOOP:
    case ENOTDIR:
      return Fail(ErrorCode::kDenied, message);
    case EXDEV:
    case EINVAL:
      return Fail(ErrorCode::kInvalidArgument, message);
    default:
      return Fail(ErrorCode::kInternal, message);
  }
}

int OpenBeneath(int folder_fd, const std::string& path, int flags) {
  struct open_how how = {};
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return static_cast<int>(
      ::syscall(SYS_openat2, folder_fd, path.c_str(), &how, sizeof(struct open_how)));
}

}  // namespace

Result<UniqueFd> OpenFolderBelow(int root_fd, std::string_view path, bool create) {
  if (path.empty() || path.front() == '/' || path.find('\0') != std::string_view::npos) {
    return Fail(ErrorCode::kInvalidArgument, "not a relative path");
  }
  const std::string whole(path);
  if (!create) {
    UniqueFd folder(OpenBeneath(root_fd, whole, O_RDONLY | O_DIRECTORY));
    if (!folder.is_open()) return FailErrno(whole, errno);
    return folder;
  }
  UniqueFd folder;
  int parent = root_fd;
  for (std::size_t begin = 0; begin <= path.size();) {
    std::size_t end = path.find('/', begin);
    if (end == std::string_view::npos) end = path.size();
    const std::string part(path.substr(begin, end - begin));
    begin = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") return Fail(ErrorCode::kInvalidArgument, whole + ": leaves the root");
    if (::mkdirat(parent, part.c_str(), 0700) != 0 && errno != EEXIST) {
      return FailErrno(whole, errno);
    }
    UniqueFd next(OpenBeneath(parent, part, O_RDONLY | O_DIRECTORY));
    if (!next.is_open()) return FailErrno(whole, errno);
    folder = std::move(next);
    parent = folder.get();
  }
  if (!folder.is_open()) return Fail(ErrorCode::kInvalidArgument, whole + ": names no folder");
  return folder;
}

Result<std::string> ReadSmallFile(int folder_fd, const std::string& name, std::size_t max_bytes) {
  const UniqueFd file(
      ::openat(folder_fd, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) return FailErrno(name, errno);
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) return FailErrno(name, errno);
  if (!S_ISREG(status.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument, name + ": not a regular file");
  }
  std::string text;
  while (text.size() <= max_bytes) {
    char buffer[16384];
    const ssize_t count = ::read(file.get(), buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FailErrno(name, errno);
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
  return Fail(ErrorCode::kInvalidArgument, name + ": over " + std::to_string(max_bytes) + " bytes");
}

}  // namespace secai::service
