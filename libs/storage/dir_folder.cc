#include "storage/dir_folder.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/utf8.h"

namespace secai::storage {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kFolderMode = 0700;

ErrorCode CodeOf(int error) {
  switch (error) {
    case ENOENT:
      return ErrorCode::kNotFound;
    case EACCES:
    case EPERM:
    case ELOOP:
    case ENOTDIR:
      return ErrorCode::kDenied;
    case EEXIST:
    case EISDIR:
    case EINVAL:
      return ErrorCode::kInvalidArgument;
    case ENOSPC:
    case EDQUOT:
    case EIO:
    case EROFS:
    case EMFILE:
    case ENFILE:
    case EWOULDBLOCK:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kInternal;
  }
}

tl::unexpected<Error> Errno(std::string_view what, std::string_view name) {
  return tl::unexpected<Error>(ErrnoError(what, name));
}

Result<std::string> Plain(std::string_view name) {
  if (!IsPlainName(name)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("not a file name: {}", EscapeForDisplay(name, 64)));
  }
  return std::string(name);
}

class RealFile final : public File {
 public:
  RealFile(UniqueFd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}

  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::uint8_t> buffer) override {
    std::size_t filled = 0;
    while (filled < buffer.size()) {
      const ssize_t got = ::pread(fd_.get(), buffer.data() + filled, buffer.size() - filled,
                                  static_cast<off_t>(offset + filled));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Errno("reading", name_);
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    return filled;
  }

  Result<std::uint64_t> Size() override {
    struct stat status = {};
    if (::fstat(fd_.get(), &status) != 0) return Errno("reading the size of", name_);
    return static_cast<std::uint64_t>(status.st_size);
  }

  Result<> Append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t put = ::write(fd_.get(), bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return Errno("writing", name_);
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return Ok();
  }

  Result<> Truncate(std::uint64_t size) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) return Errno("cutting", name_);
    return Ok();
  }

  Result<> Sync() override {
    if (::fdatasync(fd_.get()) != 0) return Errno("syncing", name_);
    return Ok();
  }

 private:
  UniqueFd fd_;
  std::string name_;
};

Result<UniqueFd> OpenRegular(int directory, const std::string& name, int flags, mode_t mode) {
  // O_NONBLOCK: opening a FIFO that somebody put there must not hang. It means nothing for files.
  UniqueFd fd(::openat(directory, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, mode));
  if (!fd.is_open()) return Errno("opening", name);
  struct stat status = {};
  if (::fstat(fd.get(), &status) != 0) return Errno("opening", name);
  if (!S_ISREG(status.st_mode)) {
    return Fail(ErrorCode::kDenied, fmt::format("opening {}: not a regular file", name));
  }
  return fd;
}

Result<std::unique_ptr<File>> OpenFile(int directory, std::string_view name, int flags,
                                       mode_t mode) {
  TRY_ASSIGN(std::string plain, Plain(name));
  TRY_ASSIGN(UniqueFd fd, OpenRegular(directory, plain, flags, mode));
  return std::unique_ptr<File>(std::make_unique<RealFile>(std::move(fd), std::move(plain)));
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

}  // namespace

Error ErrnoError(std::string_view what, std::string_view name) {
  const int error = errno;
  return Error{CodeOf(error), fmt::format("{} {}: {}", what, EscapeForDisplay(name, 255),
                                          std::generic_category().message(error))};
}

Result<std::unique_ptr<File>> DirFolder::OpenForReading(std::string_view name) {
  return OpenFile(fd(), name, O_RDONLY, 0);
}

Result<std::unique_ptr<File>> DirFolder::OpenForWriting(std::string_view name,
                                                        IfMissing if_missing) {
  const int create = if_missing == IfMissing::kCreate ? O_CREAT : 0;
  return OpenFile(fd(), name, O_RDWR | O_APPEND | create, kFileMode);
}

Result<std::unique_ptr<File>> DirFolder::CreateExclusive(std::string_view name, unsigned mode) {
  return OpenFile(fd(), name, O_RDWR | O_APPEND | O_CREAT | O_EXCL, mode);
}

Result<UniqueFd> DirFolder::OpenDescriptor(std::string_view name) {
  TRY_ASSIGN(const std::string plain, Plain(name));
  return OpenRegular(fd(), plain, O_RDONLY, 0);
}

Result<std::unique_ptr<Folder>> DirFolder::OpenFolder(std::string_view name, IfMissing if_missing) {
  TRY_ASSIGN(const std::string plain, Plain(name));
  if (if_missing == IfMissing::kCreate && ::mkdirat(fd(), plain.c_str(), kFolderMode) != 0 &&
      errno != EEXIST) {
    return Errno("making the folder", plain);
  }
  UniqueFd opened(::openat(fd(), plain.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!opened.is_open()) return Errno("opening the folder", plain);
  return std::unique_ptr<Folder>(std::make_unique<DirFolder>(std::move(opened)));
}

Result<> DirFolder::Rename(std::string_view from, std::string_view to) {
  TRY_ASSIGN(const std::string plain_from, Plain(from));
  TRY_ASSIGN(const std::string plain_to, Plain(to));
  if (::renameat(fd(), plain_from.c_str(), fd(), plain_to.c_str()) != 0) {
    return Errno("renaming to", plain_to);
  }
  return Ok();
}

Result<> DirFolder::Remove(std::string_view name) {
  TRY_ASSIGN(const std::string plain, Plain(name));
  if (::unlinkat(fd(), plain.c_str(), 0) != 0) return Errno("removing", plain);
  return Ok();
}

Result<> DirFolder::Sync() {
  if (::fsync(fd()) != 0) return Errno("syncing the folder", "");
  return Ok();
}

Result<std::vector<std::string>> DirFolder::List() {
  // A descriptor of its own: reading moves a position that dup(2) would share.
  UniqueFd own(::openat(fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!own.is_open()) return Errno("listing the folder", "");
  const std::unique_ptr<DIR, CloseDirectory> directory(::fdopendir(own.get()));
  if (directory == nullptr) return Errno("listing the folder", "");
  (void)own.Release();  // `directory` closes it.
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    // This stream is ours alone, so readdir(3) is safe.
    const dirent* entry = ::readdir(directory.get());  // NOLINT(concurrency-mt-unsafe)
    if (entry == nullptr) break;
    const std::string_view name(static_cast<const char*>(entry->d_name));
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return Errno("listing the folder", "");
  std::sort(names.begin(), names.end());
  return names;
}

Result<UniqueFd> DirFolder::Lock(std::string_view name) {
  TRY_ASSIGN(const std::string plain, Plain(name));
  UniqueFd file(
      ::openat(fd(), plain.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (!file.is_open()) return Errno("opening", plain);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return Fail(ErrorCode::kUnavailable, fmt::format("{} is held by another process", plain));
    }
    return Errno("locking", plain);
  }
  return file;
}

}  // namespace secai::storage
