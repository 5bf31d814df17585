#include "sandbox/elf_interpreter.h"

#include <cstring>

#include <elf.h>
#include <unistd.h>

namespace secai::sandbox {
namespace {

constexpr std::size_t kMaxPathBytes = 255;

bool ReadAll(int fd, void* into, std::size_t size, Elf64_Off offset) {
  return ::pread(fd, into, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
}

}  // namespace

Result<std::string> ElfInterpreter(int fd) {
  Elf64_Ehdr head{};
  if (!ReadAll(fd, &head, sizeof head, 0) || std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
      head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_phentsize != sizeof(Elf64_Phdr)) {
    return Fail(ErrorCode::kInvalidArgument, "not a 64-bit ELF program");
  }
  for (unsigned i = 0; i < head.e_phnum; ++i) {
    Elf64_Phdr part{};
    if (!ReadAll(fd, &part, sizeof part, head.e_phoff + (i * sizeof part))) {
      return Fail(ErrorCode::kInvalidArgument, "an ELF program without its program headers");
    }
    if (part.p_type != PT_INTERP) continue;
    if (part.p_filesz < 2 || part.p_filesz > kMaxPathBytes + 1) {
      return Fail(ErrorCode::kInvalidArgument, "an ELF program with an odd interpreter path");
    }
    std::string path(part.p_filesz, '\0');
    if (!ReadAll(fd, path.data(), path.size(), part.p_offset) || path.back() != '\0') {
      return Fail(ErrorCode::kInvalidArgument, "an ELF program with an odd interpreter path");
    }
    path.pop_back();
    return path;
  }
  return std::string();
}

}  // namespace secai::sandbox
