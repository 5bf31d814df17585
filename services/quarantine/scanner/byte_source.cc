#include "quarantine/scanner/byte_source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

namespace secai::quarantine {

Result<> MemorySource::ReadAt(std::uint64_t offset, std::span<std::uint8_t> into) const {
  if (offset > bytes_.size() || into.size() > bytes_.size() - offset) {
    return Fail(ErrorCode::kCorrupt, "read past the end");
  }
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), into.size(), into.begin());
  return Ok();
}

Result<FileSource> FileSource::Create(int fd) {
  TRY_ASSIGN(const Identity identity, Identify(fd));
  return FileSource(fd, identity);
}

Result<FileSource::Identity> FileSource::Identify(int fd) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) {
    return Fail(ErrorCode::kInternal, std::string("cannot stat the file: ") + std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) {
    return Fail(ErrorCode::kInvalidArgument, "not a regular file");
  }
  if (status.st_nlink > 1) {
    return Fail(ErrorCode::kInvalidArgument,
                "the file has " + std::to_string(status.st_nlink) + " names (hard links)");
  }
  Identity identity;
  identity.size = static_cast<std::uint64_t>(status.st_size);
  identity.device = status.st_dev;
  identity.inode = status.st_ino;
  identity.links = status.st_nlink;
  identity.modified_ns =
      std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  return identity;
}

Result<> FileSource::ReadAt(std::uint64_t offset, std::span<std::uint8_t> into) const {
  while (!into.empty()) {
    const ssize_t got = ::pread(fd_, into.data(), into.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      return Fail(ErrorCode::kInternal, std::string("cannot read: ") + std::strerror(errno));
    }
    if (got == 0) {
      return Fail(ErrorCode::kCorrupt, "the file became shorter while it was read");
    }
    offset += static_cast<std::uint64_t>(got);
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return Ok();
}

Result<> FileSource::CheckUnchanged() const {
  TRY_ASSIGN(const Identity now, Identify(fd_));
  if (now.size != identity_.size) {
    return Fail(ErrorCode::kCorrupt, "the size changed from " + std::to_string(identity_.size) +
                                         " to " + std::to_string(now.size) +
                                         " bytes while it was read");
  }
  if (now != identity_) {
    return Fail(ErrorCode::kCorrupt, "the file was modified while it was read");
  }
  return Ok();
}

}  // namespace secai::quarantine
