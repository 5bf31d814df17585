#include "storage/atomic_file.h"

#include <string>

#include <unistd.h>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"
#include "base/testing/temp_dir.h"
#include "storage/dir_folder.h"
#include "storage/testing/memory_disk.h"

namespace secai::storage {
namespace {

using testing::MemoryDisk;
using testing::Survival;

std::string Content(Folder* folder, std::string_view name) {
  const auto file = folder->OpenForReading(name);
  if (!file.has_value()) return "absent";
  return ReadWhole(file->get(), 1000).value();
}

TEST(ReplaceFileTest, LeavesTheOldOrTheNewContentAtEveryCut) {
  for (const Survival survival :
       {Survival::kOnlySynced, Survival::kEverything, Survival::kTornData}) {
    bool has_finished = false;
    for (int step = 1; !has_finished; ++step) {
      MemoryDisk disk;
      ASSERT_OK(ReplaceFile(disk.root(), "state", "old"));
      disk.CutPowerAtStep(step);
      const bool is_ok = ReplaceFile(disk.root(), "state", "new content").has_value();
      has_finished = !disk.is_dead();
      EXPECT_EQ(is_ok, has_finished);
      disk.Reboot(survival);
      const std::string found = Content(disk.root(), "state");
      EXPECT_TRUE(found == "new content" || (!is_ok && found == "old")) << step << ": " << found;
      // And the next writer is not in the way of what was left.
      ASSERT_OK(ReplaceFile(disk.root(), "state", "third"));
      EXPECT_EQ(Content(disk.root(), "state"), "third");
    }
  }
}

TEST(ReplaceFileTest, KeepsTheOldContentWhenTheDiskIsFull) {
  MemoryDisk disk;
  ASSERT_OK(ReplaceFile(disk.root(), "state", "old"));
  disk.SetFreeBytes(3);
  EXPECT_TRUE(secai::testing::FailsWith(ReplaceFile(disk.root(), "state", "new content"),
                                        ErrorCode::kUnavailable));
  EXPECT_EQ(Content(disk.root(), "state"), "old");
}

TEST(ReplaceFileTest, WorksOnARealFolder) {
  TempDir temp;
  DirFolder folder{UniqueFd(::dup(temp.fd()))};
  ASSERT_OK(ReplaceFile(&folder, "state", "one"));
  ASSERT_OK(ReplaceFile(&folder, "state", "two"));
  EXPECT_EQ(Content(&folder, "state"), "two");
  EXPECT_EQ(folder.List().value(), std::vector<std::string>{"state"});
}

}  // namespace
}  // namespace secai::storage
