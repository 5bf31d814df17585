#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

namespace secai::sandbox {

// Runs a seccomp program on one made-up system call, as the kernel would, for the instructions that
// BuildFilter() uses. Returns the verdict (SECCOMP_RET_…), or 0xffffffff for a program the kernel
// would refuse: an unknown instruction, a jump past the end, no verdict.
inline std::uint32_t RunFilter(const std::vector<sock_filter>& program, long number,
                               const std::array<std::uint64_t, 6>& arguments = {},
#if defined(__x86_64__)
                               std::uint32_t architecture = AUDIT_ARCH_X86_64) {
#else
                               std::uint32_t architecture = AUDIT_ARCH_AARCH64) {
#endif
  constexpr std::uint32_t kBroken = 0xffff'ffff;
  seccomp_data data{};
  data.nr = static_cast<int>(number);
  data.arch = architecture;
  for (std::size_t i = 0; i < arguments.size(); ++i) data.args[i] = arguments[i];
  std::uint32_t accumulator = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (step.k + sizeof accumulator > sizeof data) return kBroken;
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + step.k,
                    sizeof accumulator);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        accumulator &= step.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += accumulator == step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += accumulator >= step.k ? step.jt : step.jf;
        break;
      case BPF_RET | BPF_K:
        return step.k;
      default:
        return kBroken;
    }
  }
  return kBroken;
}

}  // namespace secai::sandbox
