#include "sandbox/landlock.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/core.h>

#include "base/unique_fd.h"
#include "sandbox/errno_text.h"
#include "sandbox/syscalls.h"

namespace secai::sandbox {
namespace {

// struct landlock_ruleset_attr as of ABI 6; shorter at older ones, which is why its size is passed.
struct RulesetAttributes {
  std::uint64_t handled_access_fs = 0;
  std::uint64_t handled_access_net = 0;
  std::uint64_t scoped = 0;
};

// struct landlock_path_beneath_attr, which is packed.
struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed_access = 0;
  std::int32_t parent_fd = -1;
};

constexpr unsigned kRulePathBeneath = 1;
constexpr unsigned kCreateRulesetVersion = 1;

std::size_t AttributesSizeAt(int abi) {
  if (abi >= 6) return sizeof(RulesetAttributes);
  if (abi >= 4) return offsetof(RulesetAttributes, scoped);
  return offsetof(RulesetAttributes, handled_access_net);
}

Result<> AddRule(int ruleset_fd, const LandlockGrant& grant, std::uint64_t handled) {
  struct stat status{};
  if (::fstat(grant.fd, &status) != 0) {
    return Fail(ErrorCode::kInternal,
                fmt::format("descriptor {} of a power: {}", grant.fd, ErrnoText(errno)));
  }
  std::uint64_t rights = grant.rights & handled;
  if (!S_ISDIR(status.st_mode)) rights &= landlock::kFileRights;
  if (rights == 0) return Ok();  // Nothing that this ABI could refuse in the first place.
  const PathBeneath rule{.allowed_access = rights, .parent_fd = grant.fd};
  if (::syscall(kSysLandlockAddRule, ruleset_fd, kRulePathBeneath, &rule, 0) != 0) {
    return Fail(ErrorCode::kInternal,
                fmt::format("a Landlock rule for descriptor {}: {}", grant.fd, ErrnoText(errno)));
  }
  return Ok();
}

}  // namespace

LandlockHandled HandledAt(int abi) {
  LandlockHandled handled;
  if (abi < 1) return handled;
  handled.files = (std::uint64_t{1} << 13) - 1;  // ABI 1: bits 0 to 12.
  if (abi >= 2) handled.files |= landlock::kRefer;
  if (abi >= 3) handled.files |= landlock::kTruncate;
  if (abi >= 4) handled.network = landlock::kBindTcp | landlock::kConnectTcp;
  if (abi >= 5) handled.files |= landlock::kIoctlDevice;
  if (abi >= 6) handled.scopes = landlock::kScopeAbstractSockets | landlock::kScopeSignals;
  return handled;
}

int LandlockAbi() {
  const long abi = ::syscall(kSysLandlockCreateRuleset, nullptr, 0, kCreateRulesetVersion);
  return abi < 0 ? 0 : static_cast<int>(abi);
}

Result<> RestrictFiles(const std::vector<LandlockGrant>& grants, int abi) {
  const LandlockHandled handled = HandledAt(abi);
  const RulesetAttributes attributes{.handled_access_fs = handled.files,
                                     .handled_access_net = handled.network,
                                     .scoped = handled.scopes};
  const UniqueFd ruleset(static_cast<int>(
      ::syscall(kSysLandlockCreateRuleset, &attributes, AttributesSizeAt(abi), 0)));
  if (!ruleset.is_open()) {
    return Fail(ErrorCode::kInternal,
                fmt::format("making a Landlock ruleset of ABI {}: {}", abi, ErrnoText(errno)));
  }
  for (const LandlockGrant& grant : grants) TRY(AddRule(ruleset.get(), grant, handled.files));
  if (::syscall(kSysLandlockRestrictSelf, ruleset.get(), 0) != 0) {
    return Fail(ErrorCode::kInternal,
                fmt::format("entering the Landlock domain: {}", ErrnoText(errno)));
  }
  return Ok();
}

}  // namespace secai::sandbox
