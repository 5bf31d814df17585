#include "sandbox/filter.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <unistd.h>

#include <fmt/core.h>

#include "sandbox/errno_text.h"
#include "sandbox/syscalls.h"

namespace secai::sandbox {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
constexpr std::uint32_t kX32Bit = 0x4000'0000;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "The sandbox knows x86-64 and arm64 only"
#endif

// A block is jumped over as a whole, and a jump is at most 255 instructions.
constexpr std::size_t kMaxJump = 255;

using Program = std::vector<sock_filter>;

void Statement(Program& program, unsigned code, std::uint32_t value) {
  program.push_back({static_cast<std::uint16_t>(code), 0, 0, value});
}

void Jump(Program& program, unsigned code, std::uint32_t value, std::size_t if_true,
          std::size_t if_false) {
  program.push_back({static_cast<std::uint16_t>(BPF_JMP | code | BPF_K),
                     static_cast<std::uint8_t>(if_true), static_cast<std::uint8_t>(if_false),
                     value});
}

void Load(Program& program, std::size_t offset) {
  Statement(program, BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

std::uint32_t RefusalOf(int error_number) {
  return SECCOMP_RET_ERRNO | (static_cast<std::uint32_t>(error_number) & SECCOMP_RET_DATA);
}

std::uint32_t DefaultOf(const Profile& profile) {
  return profile.default_action() == Profile::Default::kKill ? SECCOMP_RET_KILL_PROCESS
                                                             : RefusalOf(EPERM);
}

// Where one half of an argument lies in seccomp_data; both architectures are little endian.
std::size_t HalfOffset(unsigned index, bool is_high) {
  return offsetof(seccomp_data, args) + (std::size_t{8} * index) + (is_high ? 4 : 0);
}

// Instructions of one alternative: each check falls through when it holds, and leaves the
// alternative at its end when not; the last instruction allows.
Program Alternative(const std::vector<ArgumentCheck>& checks) {
  struct Half {
    std::size_t offset;
    std::uint32_t mask;
    std::uint32_t value;
  };
  std::vector<Half> halves;
  for (const ArgumentCheck& check : checks) {
    const auto low_mask = static_cast<std::uint32_t>(check.mask);
    const auto high_mask = static_cast<std::uint32_t>(check.mask >> 32);
    if (low_mask != 0) {
      halves.push_back(
          {HalfOffset(check.index, false), low_mask, static_cast<std::uint32_t>(check.value)});
    }
    if (high_mask != 0) {
      halves.push_back({HalfOffset(check.index, true), high_mask,
                        static_cast<std::uint32_t>(check.value >> 32)});
    }
  }
  std::size_t length = 1;
  for (const Half& half : halves) length += half.mask == ~std::uint32_t{0} ? 2 : 3;

  Program program;
  for (const Half& half : halves) {
    Load(program, half.offset);
    if (half.mask != ~std::uint32_t{0}) Statement(program, BPF_ALU | BPF_AND | BPF_K, half.mask);
    Jump(program, BPF_JEQ, half.value, 0, length - program.size() - 1);
  }
  Statement(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  return program;
}

// The body of one system call's block: ends with a verdict in every case.
Program Body(const SyscallRule& rule, std::uint32_t default_verdict) {
  Program body;
  if (rule.is_always_allowed) {
    Statement(body, BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    return body;
  }
  for (const auto& alternative : rule.alternatives) {
    const Program part = Alternative(alternative);
    body.insert(body.end(), part.begin(), part.end());
  }
  Statement(body, BPF_RET | BPF_K,
            rule.refused_with ? RefusalOf(*rule.refused_with) : default_verdict);
  return body;
}

Result<> AppendBlock(Program& program, long number, const Program& body) {
  if (body.size() > kMaxJump) {
    return Fail(ErrorCode::kInternal, fmt::format("too many conditions on system call {}", number));
  }
  Jump(program, BPF_JEQ, static_cast<std::uint32_t>(number), 0, body.size());
  program.insert(program.end(), body.begin(), body.end());
  return Ok();
}

}  // namespace

std::vector<long> KilledSyscalls() {
  return {
      SYS_ptrace,
      SYS_process_vm_readv,
      SYS_process_vm_writev,
      SYS_process_madvise,
      SYS_pidfd_getfd,
      SYS_kcmp,
      SYS_execve,
      SYS_execveat,
      SYS_unshare,
      SYS_setns,
      SYS_chroot,
      SYS_pivot_root,
      SYS_mount,
      SYS_umount2,
      SYS_move_mount,
      SYS_open_tree,
      SYS_fsopen,
      SYS_fsconfig,
      SYS_fsmount,
      SYS_fspick,
      SYS_mount_setattr,
      SYS_open_by_handle_at,
      SYS_bpf,
      SYS_perf_event_open,
      SYS_userfaultfd,
      SYS_io_uring_setup,
      SYS_io_uring_enter,
      SYS_io_uring_register,
      SYS_add_key,
      SYS_request_key,
      SYS_keyctl,
      SYS_init_module,
      SYS_finit_module,
      SYS_delete_module,
      SYS_kexec_load,
      SYS_kexec_file_load,
      SYS_reboot,
      SYS_swapon,
      SYS_swapoff,
      SYS_acct,
      SYS_quotactl,
      SYS_personality,
      SYS_fanotify_init,
      SYS_remap_file_pages,
      kSysMapShadowStack,
#if defined(__x86_64__)
      SYS_iopl,
      SYS_ioperm,
      SYS_modify_ldt,
      SYS_uselib,
#endif
  };
}

Result<std::vector<sock_filter>> BuildFilter(const Profile& profile) {
  Program program;
  // A number means another call on another architecture: those end the process before anything
  // else.
  Load(program, offsetof(seccomp_data, arch));
  Jump(program, BPF_JEQ, kArchitecture, 1, 0);
  Statement(program, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
  Load(program, offsetof(seccomp_data, nr));
#if defined(__x86_64__)
  Jump(program, BPF_JGE, kX32Bit, 0, 1);
  Statement(program, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
#endif

  const std::uint32_t default_verdict = DefaultOf(profile);
  for (const SyscallRule& rule : profile.rules()) {
    TRY(AppendBlock(program, rule.number, Body(rule, default_verdict)));
  }
  if (profile.default_action() == Profile::Default::kRefuse) {
    for (const long number : KilledSyscalls()) {
      const bool has_rule =
          std::any_of(profile.rules().begin(), profile.rules().end(),
                      [&](const SyscallRule& rule) { return rule.number == number; });
      if (has_rule) continue;  // A power speaks about it.
      TRY(AppendBlock(program, number, {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)}));
    }
  }
  Statement(program, BPF_RET | BPF_K, default_verdict);
  if (program.size() > BPF_MAXINSNS) {
    return Fail(ErrorCode::kInternal, fmt::format("the filter of {} has {} instructions, over {}",
                                                  profile.name(), program.size(), BPF_MAXINSNS));
  }
  return program;
}

Result<> InstallFilter(const std::vector<sock_filter>& program) {
  sock_fprog filter{
      .len = static_cast<unsigned short>(program.size()),
      .filter = const_cast<sock_filter*>(program.data())};  // The kernel only reads it.
  const long failed_thread =
      ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
  if (failed_thread > 0) {
    return Fail(ErrorCode::kInternal,
                fmt::format("thread {} has a system call filter of its own", failed_thread));
  }
  if (failed_thread < 0) {
    return Fail(ErrorCode::kInternal,
                fmt::format("installing the system call filter: {}", ErrnoText(errno)));
  }
  return Ok();
}

}  // namespace secai::sandbox
