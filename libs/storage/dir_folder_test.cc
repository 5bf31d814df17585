#include "storage/dir_folder.h"

#include <array>
#include <memory>
#include <string>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"
#include "base/testing/temp_dir.h"

namespace secai::storage {
namespace {

using secai::testing::FailsWith;

class DirFolderTest : public ::testing::Test {
 protected:
  TempDir temp_;
  DirFolder folder_{UniqueFd(::dup(temp_.fd()))};
};

TEST_F(DirFolderTest, AppendsReadsAndCuts) {
  ASSERT_OK_AND_ASSIGN(auto file, folder_.OpenForWriting("log", IfMissing::kCreate));
  ASSERT_OK(file->Append("hello"));
  ASSERT_OK(file->Append(" world"));
  ASSERT_OK(file->Truncate(8));
  ASSERT_OK(file->Append("!"));
  ASSERT_OK(file->Sync());
  EXPECT_EQ(file->Size().value(), 9U);
  EXPECT_EQ(ReadWhole(file.get(), 9).value(), "hello wo!");
  EXPECT_TRUE(FailsWith(ReadWhole(file.get(), 8), ErrorCode::kInvalidArgument, "over the limit"));
  std::array<std::uint8_t, 4> buffer = {};
  EXPECT_EQ(file->ReadAt(7, buffer).value(), 2U);
  EXPECT_EQ(file->ReadAt(100, buffer).value(), 0U);
}

TEST_F(DirFolderTest, CreatesOnceAndWritesAReadOnlyFile) {
  ASSERT_OK_AND_ASSIGN(auto file, folder_.CreateExclusive("object", 0400));
  ASSERT_OK(file->Append("x"));
  struct stat status = {};
  ASSERT_EQ(::fstatat(temp_.fd(), "object", &status, 0), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0400U);
  EXPECT_TRUE(FailsWith(folder_.CreateExclusive("object", 0400), ErrorCode::kInvalidArgument));
}

TEST_F(DirFolderTest, NeverFollowsLinksOrOpensAnythingButFiles) {
  ASSERT_EQ(::symlinkat("/etc/passwd", temp_.fd(), "link"), 0);
  ASSERT_EQ(::mkfifoat(temp_.fd(), "pipe", 0600), 0);
  EXPECT_TRUE(FailsWith(folder_.OpenForReading("link"), ErrorCode::kDenied));
  EXPECT_TRUE(FailsWith(folder_.OpenForWriting("link", IfMissing::kCreate), ErrorCode::kDenied));
  EXPECT_TRUE(FailsWith(folder_.OpenForReading("pipe"), ErrorCode::kDenied));
  EXPECT_TRUE(FailsWith(folder_.Lock("link"), ErrorCode::kDenied));
  ASSERT_EQ(::symlinkat("/etc", temp_.fd(), "etc"), 0);
  EXPECT_TRUE(FailsWith(folder_.OpenFolder("etc", IfMissing::kFail), ErrorCode::kDenied));
  EXPECT_TRUE(FailsWith(folder_.OpenFolder("etc", IfMissing::kCreate), ErrorCode::kDenied));
}

TEST_F(DirFolderTest, RefusesNamesThatAreNotOnePathPart) {
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"),
        std::string("a\0b", 3), std::string(256, 'x')}) {
    EXPECT_TRUE(FailsWith(folder_.OpenForReading(name), ErrorCode::kInvalidArgument));
    EXPECT_TRUE(FailsWith(folder_.Remove(name), ErrorCode::kInvalidArgument));
    EXPECT_TRUE(FailsWith(folder_.Rename("a", name), ErrorCode::kInvalidArgument));
  }
  EXPECT_TRUE(FailsWith(folder_.OpenForReading("absent"), ErrorCode::kNotFound, "opening absent"));
}

TEST_F(DirFolderTest, RenamesListsAndRemoves) {
  ASSERT_OK_AND_ASSIGN(auto inner, folder_.OpenFolder("inner", IfMissing::kCreate));
  ASSERT_OK(inner->CreateExclusive("b", 0600));
  ASSERT_OK(inner->CreateExclusive("a", 0600));
  ASSERT_OK(inner->Rename("b", "c"));
  ASSERT_OK(inner->Sync());
  EXPECT_EQ(inner->List().value(), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(inner->List().value().size(), 2U);  // A second listing starts anew.
  ASSERT_OK(inner->Remove("a"));
  EXPECT_EQ(inner->List().value(), (std::vector<std::string>{"c"}));
  EXPECT_TRUE(FailsWith(folder_.OpenFolder("absent", IfMissing::kFail), ErrorCode::kNotFound));
}

TEST_F(DirFolderTest, GivesALockToOneHolderAtATime) {
  ASSERT_OK_AND_ASSIGN(UniqueFd first, folder_.Lock("lock"));
  EXPECT_TRUE(FailsWith(folder_.Lock("lock"), ErrorCode::kUnavailable, "held by another process"));
  first.Reset();
  EXPECT_OK(folder_.Lock("lock"));
}

}  // namespace
}  // namespace secai::storage
