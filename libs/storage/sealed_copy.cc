#include "storage/sealed_copy.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/sha256.h"

namespace secai::storage {
namespace {

constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
constexpr unsigned kNoexecSeal =
    0x0008;  // MFD_NOEXEC_SEAL, since Linux 6.3; older kernels say EINVAL.
constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

tl::unexpected<Error> SystemError(std::string_view step) {
  const int error = errno;
  const auto code = error == ENOMEM || error == ENOSPC || error == EMFILE || error == ENFILE
                        ? ErrorCode::kUnavailable
                        : ErrorCode::kInternal;
  return Fail(code, std::string(step) + ": " + std::generic_category().message(error));
}

Result<UniqueFd> MakeMemory() {
  UniqueFd memory(::memfd_create("model", MFD_CLOEXEC | MFD_ALLOW_SEALING | kNoexecSeal));
  if (!memory.is_open() && errno == EINVAL) {
    memory.Reset(::memfd_create("model", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  }
  if (!memory.is_open()) return SystemError("making memory");
  return memory;
}

Result<std::size_t> ReadAt(int file, char* out, std::size_t bytes, std::uint64_t offset) {
  for (;;) {
    const ssize_t count = ::pread(file, out, bytes, static_cast<off_t>(offset));
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) return SystemError("reading the file");
  }
}

Result<> WriteAll(int memory, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(memory, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError("filling memory");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return Ok();
}

}  // namespace

Result<SealedCopy> MakeSealedCopy(int file, std::uint64_t bytes) {
  TRY_ASSIGN(const UniqueFd memory, MakeMemory());
  crypto::Sha256 hash;
  std::vector<char> block(kBlockBytes);
  std::uint64_t done = 0;
  while (done < bytes) {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(kBlockBytes, bytes - done));
    TRY_ASSIGN(const std::size_t count, ReadAt(file, block.data(), wanted, done));
    if (count == 0) return Fail(ErrorCode::kCorrupt, "the file is shorter than it was");
    const std::string_view piece(block.data(), count);
    hash.Update(piece);
    TRY(WriteAll(memory.get(), piece));
    done += count;
  }
  TRY_ASSIGN(const std::size_t beyond, ReadAt(file, block.data(), 1, bytes));
  if (beyond != 0) return Fail(ErrorCode::kCorrupt, "the file is longer than it was");
  if (::fcntl(memory.get(), F_ADD_SEALS, kSeals) != 0) return SystemError("sealing memory");
  const std::string path = "/proc/self/fd/" + std::to_string(memory.get());
  UniqueFd readable(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!readable.is_open()) return SystemError("reopening memory");
  return SealedCopy{.memory = std::move(readable), .bytes = bytes, .digest = hash.Finish()};
}

Result<> CheckSealed(int fd, std::uint64_t bytes) {
  const int seals = ::fcntl(fd, F_GET_SEALS);
  if (seals < 0 || (seals & kSeals) != kSeals)
    return Fail(ErrorCode::kCorrupt, "memory without seals");
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) != O_RDONLY) {
    return Fail(ErrorCode::kCorrupt, "memory that is open for writing");
  }
  struct stat info = {};
  if (::fstat(fd, &info) != 0) return SystemError("looking at memory");
  if (static_cast<std::uint64_t>(info.st_size) != bytes) {
    return Fail(ErrorCode::kCorrupt, "memory of another size");
  }
  return Ok();
}

}  // namespace secai::storage
