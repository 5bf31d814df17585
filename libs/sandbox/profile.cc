#include "sandbox/profile.h"

#include <algorithm>

namespace secai::sandbox {
namespace {

constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20;

}  // namespace

Profile Profile::Room(std::string name) { return Profile(std::move(name), Default::kRefuse); }

Profile Profile::Worker(std::string name) {
  Profile profile(std::move(name), Default::kKill);
  profile.becomes_nobody_ = true;
  profile.keeps_user_mapped_ = false;
  // A worker holds a few descriptors and writes none but its log (stderr), of which it may not fill
  // a disk.
  profile.limits_.open_files = 32;
  profile.limits_.file_bytes = 64 * kMegabyte;
  profile.limits_.locked_memory_bytes = 0;
  return profile;
}

Profile Profile::ForSpawner(std::string name) {
  Profile profile(std::move(name), Default::kRefuse);
  profile.becomes_nobody_ = true;
  // The children make user namespaces of their own; the kernel wants a mapped user for that.
  profile.keeps_user_mapped_ = true;
  profile.limits_.open_files.reset();
  return profile;
}

SyscallRule& Profile::RuleOf(long syscall) {
  const auto found = std::find_if(rules_.begin(), rules_.end(),
                                  [&](const SyscallRule& rule) { return rule.number == syscall; });
  if (found != rules_.end()) return *found;
  return rules_.emplace_back(SyscallRule{.number = syscall});
}

void Profile::Allow(long syscall) { RuleOf(syscall).is_always_allowed = true; }

void Profile::AllowIf(long syscall, std::vector<ArgumentCheck> all_of) {
  RuleOf(syscall).alternatives.push_back(std::move(all_of));
}

void Profile::RefuseWith(long syscall, int error_number) {
  RuleOf(syscall).refused_with = error_number;
}

void Profile::Grant(int fd, std::uint64_t rights) {
  grants_.push_back({.fd = fd, .rights = rights});
}

}  // namespace secai::sandbox
