#include <cerrno>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attempts.h"

namespace secai::containment {
namespace {

constexpr std::size_t kPage = 4096;

int Map(int protection, int flags, int fd) {
  void* memory = ::mmap(nullptr, kPage, protection, flags, fd, 0);
  return memory == MAP_FAILED ? errno : 0;
}

int MakeExecutable() {
  void* memory = ::mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return ErrnoOf(::mprotect(memory, kPage, PROT_READ | PROT_EXEC));
}

int MakeExecutableByKey() {
  void* memory = ::mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return ErrnoOf(::pkey_mprotect(memory, kPage, PROT_READ | PROT_EXEC, -1));
}

int SealedMemory() {
  const UniqueFd fd(::memfd_create("attempt", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.is_open()) return errno;
  if (::ftruncate(fd.get(), kPage) != 0) return errno;
  return ErrnoOf(::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));
}

}  // namespace

std::vector<Attempt> MemoryAttempts() {
  return {
      {"map memory",
       [](const World&) { return Map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1); }},
      {"map executable memory",
       [](const World&) {
         return Map(PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1);
       }},
      {"map a file executable",
       [](const World& w) { return Map(PROT_READ | PROT_EXEC, MAP_PRIVATE, w.executable()); }},
      {"make memory executable", [](const World&) { return MakeExecutable(); }},
      {"make memory executable with a key", [](const World&) { return MakeExecutableByKey(); }},
      {"seal memory", [](const World&) { return SealedMemory(); }},
      {"make executable memory files",
       [](const World&) {
         constexpr unsigned kExec = 0x10;  // MFD_EXEC, Linux 6.3.
         const UniqueFd fd(::memfd_create("attempt", MFD_CLOEXEC | kExec));
         return fd.is_open() ? 0 : errno;
       },
       Unconfined::kMayFail},
      {"make secret memory",
       [](const World&) { return ErrnoOf(::syscall(447 /* memfd_secret */, 0)); },
       Unconfined::kMayFail},
  };
}

}  // namespace secai::containment
