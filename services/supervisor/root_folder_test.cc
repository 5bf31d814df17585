#include "supervisor/root_folder.h"

#include <fstream>
#include <iterator>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/testing/temp_dir.h"

namespace secai::supervisor {
namespace {

std::string TextOf(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class RootFolderTest : public testing::Test {
 protected:
  void SetUp() override { std::ofstream(shipped_) << "shipped: true\n"; }

  TempDir temp_;
  std::string root_ = temp_ / "a/b/root";
  std::string shipped_ = temp_ / "shipped.yaml";
  std::string policy_ = root_ + "/etc/secure-ai/policy/policy.yaml";
};

TEST_F(RootFolderTest, MakesTheFoldersForTheOwnerOnlyAndInstallsThePolicy) {
  const auto folder = PrepareRoot(root_, shipped_);
  ASSERT_TRUE(folder.has_value()) << folder.error().message;
  for (const char* name :
       {"", "/run/secure-ai", "/var/log/secure-ai", "/var/lib/secure-ai/registry",
        "/var/lib/secure-ai/quarantine", "/var/lib/secure-ai/audit", "/var/lib/secure-ai/state",
        "/etc/secure-ai/policy"}) {
    struct stat status = {};
    ASSERT_EQ(::stat((root_ + name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777U, 0700U) << name;
  }
  EXPECT_EQ(TextOf(policy_), "shipped: true\n");
}

TEST_F(RootFolderTest, NeverTouchesAnExistingPolicy) {
  ASSERT_TRUE(PrepareRoot(root_, shipped_).has_value());
  std::ofstream(policy_) << "own: true\n";
  ASSERT_TRUE(PrepareRoot(root_, shipped_).has_value());
  EXPECT_EQ(TextOf(policy_), "own: true\n");
}

TEST_F(RootFolderTest, ADanglingLinkIsAnExistingPolicyToo) {
  ASSERT_TRUE(PrepareRoot(root_, shipped_).has_value());
  ASSERT_EQ(::unlink(policy_.c_str()), 0);
  const std::string outside = temp_ / "outside";
  ASSERT_EQ(::symlink(outside.c_str(), policy_.c_str()), 0);
  ASSERT_TRUE(PrepareRoot(root_, shipped_).has_value());
  EXPECT_NE(::access(outside.c_str(), F_OK), 0);
}

TEST_F(RootFolderTest, RefusesARootThatOthersMayWriteTo) {
  ASSERT_TRUE(PrepareRoot(root_, shipped_).has_value());
  ASSERT_EQ(::chmod(root_.c_str(), 0770), 0);
  const auto folder = PrepareRoot(root_, shipped_);
  ASSERT_FALSE(folder.has_value());
  EXPECT_EQ(folder.error().code, ErrorCode::kDenied);
}

TEST_F(RootFolderTest, RefusesALinkInsteadOfAFolder) {
  ASSERT_TRUE(PrepareRoot(root_, shipped_).has_value());
  ASSERT_EQ(::rename((root_ + "/run").c_str(), (root_ + "/elsewhere").c_str()), 0);
  ASSERT_EQ(::symlink("elsewhere", (root_ + "/run").c_str()), 0);
  EXPECT_FALSE(PrepareRoot(root_, shipped_).has_value());
}

TEST_F(RootFolderTest, WithoutAShippedPolicyItSaysSo) {
  const auto folder = PrepareRoot(root_, temp_ / "none.yaml");
  ASSERT_FALSE(folder.has_value());
  EXPECT_EQ(folder.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace secai::supervisor
