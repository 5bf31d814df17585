#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sandbox/landlock.h"

namespace secai::sandbox {

// One condition on a system call's argument: (argument & mask) == value, all 64 bits.
// The kernel copies the six argument registers before the filter looks, so another thread cannot
// change them afterwards; what a pointer points to cannot be checked at all.
struct ArgumentCheck {
  unsigned index = 0;  // 0 to 5.
  std::uint64_t mask = ~std::uint64_t{0};
  std::uint64_t value = 0;
};

// For arguments that the kernel reads as `int` or `unsigned`: it ignores the upper half, so must
// we.
inline constexpr std::uint64_t kLow32Bits = 0xffff'ffff;

// What may happen to one system call: allowed always, allowed when one of the alternatives holds
// (each is a list of checks that must all hold), else `otherwise`.
struct SyscallRule {
  long number = -1;
  bool is_always_allowed = false;
  std::vector<std::vector<ArgumentCheck>> alternatives = {};
  // errno to answer with when nothing above holds; none = the profile's default.
  std::optional<int> refused_with = {};
};

// Resource limits of the process, soft and hard; nullopt leaves what the process was started with.
// A limit is never raised: where the hard limit is lower already, it stays.
struct Limits {
  std::optional<std::uint64_t> open_files = 1024;
  std::optional<std::uint64_t> file_bytes = {};  // Largest file position that may be written.
  std::optional<std::uint64_t> address_space_bytes = {};  // Counts reservations, not pages in use.
  std::optional<std::uint64_t> locked_memory_bytes = {};
};

// What one process may touch. A profile starts with no power at all; each Add() takes a type from
// sandbox/powers/, so that a new power is a new #include in the room's sandbox.cc.
//
// Thread-safety: a plain value. Ownership: borrows the descriptors that powers were made with; they
// must be open when EnterSandbox() runs, and only their inodes count.
class Profile {
 public:
  // What happens on a system call that no power allows.
  enum class Default : std::uint8_t {
    kRefuse,  // EPERM, but for calls that no honest program makes here (filter.h): those kill.
    kKill,    // The process ends at once (SIGSYS).
  };

  // For a room: libraries may probe and are told no.
  static Profile Room(std::string name);
  // For a process that parses or runs hostile bytes: one forbidden call ends it. Runs as nobody
  // when started by root, and in a user namespace without any mapped user where the kernel allows.
  static Profile Worker(std::string name);
  // For the process that starts others (sandbox/spawner.h); its filter is inherited by them.
  static Profile ForSpawner(std::string name);

  template <typename Power>
  Profile& Add(const Power& power) {
    power.AddTo(*this);
    return *this;
  }

  // Replaces the resource limits.
  Profile& SetLimits(const Limits& limits) {
    limits_ = limits;
    return *this;
  }

  // For powers only; a room adds powers, not calls.
  void Allow(long syscall);
  void AllowIf(long syscall, std::vector<ArgumentCheck> all_of);
  // Answers `error_number` instead of the default. Allow and AllowIf of the same call go first.
  void RefuseWith(long syscall, int error_number);
  // Gives `rights` (landlock.h) on the file or folder that `fd` is open on, and all below it.
  void Grant(int fd, std::uint64_t rights);

  const std::string& name() const { return name_; }
  Default default_action() const { return default_; }
  const Limits& limits() const { return limits_; }
  const std::vector<SyscallRule>& rules() const { return rules_; }
  const std::vector<LandlockGrant>& grants() const { return grants_; }
  // Root becomes nobody (65534).
  bool becomes_nobody() const { return becomes_nobody_; }
  // The own uid and gid keep their numbers in the user namespace; else they are unmapped.
  bool keeps_user_mapped() const { return keeps_user_mapped_; }

 private:
  Profile(std::string name, Default default_action)
      : name_(std::move(name)), default_(default_action) {}
  SyscallRule& RuleOf(long syscall);

  std::string name_;
  Default default_;
  bool becomes_nobody_ = false;
  bool keeps_user_mapped_ = true;
  Limits limits_;
  std::vector<SyscallRule> rules_;
  std::vector<LandlockGrant> grants_;
};

}  // namespace secai::sandbox
