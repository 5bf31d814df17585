#include "service/folders.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>

#include <gtest/gtest.h>

namespace secai::service {
namespace {

class FoldersTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string path = "/tmp/secai-folders-XXXXXX";
    ASSERT_NE(::mkdtemp(path.data()), nullptr);
    path_ = path;
    root_ = UniqueFd(::open(path_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  void TearDown() override { std::filesystem::remove_all(path_); }

  ErrorCode CodeOf(const std::string& path, bool create) {
    const auto folder = OpenFolderBelow(root_.get(), path, create);
    EXPECT_FALSE(folder.has_value()) << path;
    return folder.has_value() ? ErrorCode{} : folder.error().code;
  }

  std::filesystem::path path_;
  UniqueFd root_;
};

TEST_F(FoldersTest, MakesEachMissingPartForTheOwnerOnly) {
  ASSERT_TRUE(OpenFolderBelow(root_.get(), "var/lib/secure-ai", true).has_value());
  for (const char* made : {"var", "var/lib", "var/lib/secure-ai"}) {
    struct stat status = {};
    ASSERT_EQ(::stat((path_ / made).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U) << made;
  }
  EXPECT_TRUE(OpenFolderBelow(root_.get(), "var/lib/secure-ai", true).has_value());
  EXPECT_TRUE(OpenFolderBelow(root_.get(), "var/lib/secure-ai", false).has_value());
}

TEST_F(FoldersTest, AnAbsentFolderIsNotFound) {
  EXPECT_EQ(CodeOf("var", false), ErrorCode::kNotFound);
}

TEST_F(FoldersTest, NeverLeavesTheRoot) {
  EXPECT_EQ(CodeOf("/etc", false), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf("..", false), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf("../x", true), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf("", true), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(".", true), ErrorCode::kInvalidArgument);
}

TEST_F(FoldersTest, NeverFollowsASymbolicLink) {
  std::filesystem::create_directory(path_ / "real");
  std::filesystem::create_directory_symlink("real", path_ / "link");
  EXPECT_EQ(CodeOf("link", false), ErrorCode::kDenied);
  EXPECT_EQ(CodeOf("link", true), ErrorCode::kDenied);
  EXPECT_EQ(CodeOf("link/below", true), ErrorCode::kDenied);
  EXPECT_FALSE(std::filesystem::exists(path_ / "real/below"));
}

TEST_F(FoldersTest, ReadsAFileUpToItsLimit) {
  std::ofstream(path_ / "policy.yaml") << "12345678";
  EXPECT_EQ(*ReadSmallFile(root_.get(), "policy.yaml", 8), "12345678");
  const auto too_long = ReadSmallFile(root_.get(), "policy.yaml", 7);
  ASSERT_FALSE(too_long.has_value());
  EXPECT_EQ(too_long.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(FoldersTest, ReadsRegularFilesOnly) {
  std::filesystem::create_symlink("/etc/passwd", path_ / "link");
  ASSERT_EQ(::mkfifo((path_ / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(ReadSmallFile(root_.get(), "link", 1 << 20).error().code, ErrorCode::kDenied);
  EXPECT_EQ(ReadSmallFile(root_.get(), "fifo", 1 << 20).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ReadSmallFile(root_.get(), "none", 1 << 20).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace secai::service
