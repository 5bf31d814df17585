#include "inference/worker/weight_source.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace secai::inference {
namespace {

// What fopencookie hands back to its callbacks. Freed by CloseCookie.
struct Cookie {
  WeightSource* source;
  std::uint64_t position = 0;
};

ssize_t ReadCookie(void* opaque, char* out, std::size_t count) {
  auto* const cookie = static_cast<Cookie*>(opaque);
  const std::uint64_t left =
      cookie->source->size() - std::min(cookie->position, cookie->source->size());
  const std::size_t bytes = static_cast<std::size_t>(std::min<std::uint64_t>(count, left));
  if (bytes == 0) return 0;
  if (!cookie->source->ReadAt(cookie->position, std::as_writable_bytes(std::span(out, bytes)))) {
    errno = EIO;
    return -1;
  }
  cookie->position += bytes;
  return static_cast<ssize_t>(bytes);
}

int SeekCookie(void* opaque, off64_t* offset, int whence) {
  auto* const cookie = static_cast<Cookie*>(opaque);
  off64_t base = 0;
  if (whence == SEEK_CUR) base = static_cast<off64_t>(cookie->position);
  if (whence == SEEK_END) base = static_cast<off64_t>(cookie->source->size());
  off64_t target = 0;
  if (__builtin_add_overflow(base, *offset, &target) || target < 0) {
    errno = EINVAL;
    return -1;
  }
  cookie->position = static_cast<std::uint64_t>(target);
  *offset = target;
  return 0;
}

int CloseCookie(void* opaque) {
  delete static_cast<Cookie*>(opaque);
  return 0;
}

}  // namespace

Result<std::unique_ptr<SealedMemorySource>> SealedMemorySource::Create(UniqueFd memory) {
  constexpr int kNeeded = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  const int seals = ::fcntl(memory.get(), F_GET_SEALS);
  if (seals < 0 || (seals & kNeeded) != kNeeded) {
    return Fail(ErrorCode::kDenied, "the model is not in sealed memory");
  }
  struct stat info{};
  if (::fstat(memory.get(), &info) != 0)
    return Fail(ErrorCode::kInternal, "fstat of the model failed");
  if (info.st_size <= 0) return Fail(ErrorCode::kInvalidArgument, "the model is empty");
  return std::unique_ptr<SealedMemorySource>(
      new SealedMemorySource(std::move(memory), static_cast<std::uint64_t>(info.st_size)));
}

Result<> SealedMemorySource::ReadAt(std::uint64_t offset, std::span<std::byte> out) {
  if (offset > size_ || out.size() > size_ - offset) {
    return Fail(ErrorCode::kInvalidArgument, "read beyond the end of the model");
  }
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = ::pread(memory_.get(), out.data() + done, out.size() - done,
                                static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Fail(ErrorCode::kInternal, "reading the model's memory failed");
    done += static_cast<std::size_t>(got);
  }
  return Ok();
}

Result<UniqueFile> OpenAsFile(WeightSource* source, std::span<char> buffer) {
  cookie_io_functions_t functions{};
  functions.read = ReadCookie;
  functions.seek = SeekCookie;
  functions.close = CloseCookie;
  auto cookie = std::make_unique<Cookie>(Cookie{.source = source});
  UniqueFile file(::fopencookie(cookie.get(), "rb", functions));
  if (file == nullptr) return Fail(ErrorCode::kInternal, "fopencookie failed");
  (void)cookie.release();  // CloseCookie frees it.
  if (std::setvbuf(file.get(), buffer.data(), _IOFBF, buffer.size()) != 0) {
    return Fail(ErrorCode::kInternal, "setvbuf failed");
  }
  return file;
}

}  // namespace secai::inference
