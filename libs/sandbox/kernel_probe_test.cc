#include "sandbox/kernel_probe.h"

#include <gtest/gtest.h>

#include "sandbox/landlock.h"

namespace secai::sandbox {
namespace {

// Debian 12's own kernel.
KernelProbe Linux61() {
  return {.version_major = 6,
          .version_minor = 1,
          .landlock_abi = 2,
          .has_seccomp_filter = true,
          .can_make_namespaces = true,
          .can_map_user = true};
}

KernelProbe Linux612() {
  return {.version_major = 6,
          .version_minor = 12,
          .landlock_abi = 6,
          .has_seccomp_filter = true,
          .can_make_namespaces = true,
          .can_map_user = true,
          .has_memfd_noexec_seal = true,
          .has_memfd_secret = true,
          .has_peer_pidfd = true};
}

TEST(KernelProbeTest, FindsThisKernelAtBaseOrAbove) {
  const KernelProbe probe = ProbeKernel();
  EXPECT_GE(probe.version_major, 6);
  EXPECT_EQ(probe.landlock_abi, LandlockAbi());
  EXPECT_TRUE(CheckBaseKernel(probe).has_value());
}

TEST(KernelProbeTest, NamesTheLevels) {
  EXPECT_EQ(LevelName(LevelOf(Linux612())), "full");
  EXPECT_EQ(LevelName(LevelOf(Linux61())), "base");
  KernelProbe old = Linux61();
  old.landlock_abi = 1;
  EXPECT_EQ(LevelName(LevelOf(old)), "below_base");
}

TEST(KernelProbeTest, IsNotFullWithAnyPieceMissing) {
  const auto level_without = [](auto change) {
    KernelProbe probe = Linux612();
    change(probe);
    return LevelOf(probe);
  };
  EXPECT_EQ(level_without([](KernelProbe& p) { p.landlock_abi = 5; }), ProtectionLevel::kBase);
  EXPECT_EQ(level_without([](KernelProbe& p) { p.can_make_namespaces = false; }),
            ProtectionLevel::kBase);
  EXPECT_EQ(level_without([](KernelProbe& p) { p.can_map_user = false; }), ProtectionLevel::kBase);
  EXPECT_EQ(level_without([](KernelProbe& p) { p.has_memfd_noexec_seal = false; }),
            ProtectionLevel::kBase);
  EXPECT_EQ(level_without([](KernelProbe& p) { p.has_peer_pidfd = false; }),
            ProtectionLevel::kBase);
  // Off by default on many kernels, and only the vault's concern.
  EXPECT_EQ(level_without([](KernelProbe& p) { p.has_memfd_secret = false; }),
            ProtectionLevel::kFull);
}

TEST(KernelProbeTest, RefusesBelowTheBaseWithASentence) {
  KernelProbe none = Linux61();
  none.landlock_abi = 0;
  const auto refused = CheckBaseKernel(none);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(refused.error().message.find("Landlock ABI 2 or newer (this kernel has 0"),
            std::string::npos);
  KernelProbe no_seccomp = Linux612();
  no_seccomp.has_seccomp_filter = false;
  EXPECT_FALSE(CheckBaseKernel(no_seccomp).has_value());
}

TEST(KernelProbeTest, SaysAsJsonWhatIsMissing) {
  EXPECT_EQ(ProbeToJson(Linux612()),
            R"({"level":"full","kernel":"6.12","landlock_abi":6,"seccomp":true,"namespaces":true,)"
            R"("memfd_noexec_seal":true,"memfd_secret":true,"peer_pidfd":true,"missing":[]})");
  KernelProbe none{.version_major = 5, .version_minor = 4, .has_seccomp_filter = true};
  EXPECT_NE(ProbeToJson(none).find(R"(with \"landlock\" in its lsm= list)"), std::string::npos);
}

TEST(LandlockTest, HandlesWhatEachAbiKnows) {
  EXPECT_EQ(HandledAt(0).files, 0U);
  EXPECT_EQ(HandledAt(2).files, 0x3fffU);
  EXPECT_EQ(HandledAt(3).files, 0x7fffU);
  EXPECT_EQ(HandledAt(3).network, 0U);
  EXPECT_EQ(HandledAt(4).network, 3U);
  EXPECT_EQ(HandledAt(5).files, 0xffffU);
  EXPECT_EQ(HandledAt(5).scopes, 0U);
  EXPECT_EQ(HandledAt(6).scopes, 3U);
  EXPECT_EQ(HandledAt(99).files, HandledAt(7).files);
}

}  // namespace
}  // namespace secai::sandbox
