#include "storage/append_log.h"

#include <set>
#include <string>
#include <vector>

#include <unistd.h>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"
#include "base/testing/temp_dir.h"
#include "storage/backward_lines.h"
#include "storage/dir_folder.h"
#include "storage/testing/memory_disk.h"

namespace secai::storage {
namespace {

using secai::testing::FailsWith;
using testing::MemoryDisk;
using testing::Survival;

AppendLogOptions Options() {
  AppendLogOptions options;
  options.max_record_bytes = 20;
  options.is_record = [](std::string_view line) {
    return line.starts_with('<') && line.ends_with('>');
  };
  return options;
}

std::string Content(Folder* folder, std::string_view name) {
  const auto file = folder->OpenForReading(name);
  return file.has_value() ? ReadWhole(file->get(), 1 << 20).value() : "absent";
}

void PutFile(Folder* folder, std::string_view name, std::string_view bytes) {
  const auto file = folder->OpenForWriting(name, IfMissing::kCreate).value();
  ASSERT_OK(file->Append(bytes));
  ASSERT_OK(file->Sync());
  ASSERT_OK(folder->Sync());
}

std::vector<std::string> Records(std::initializer_list<const char*> records) {
  return {records.begin(), records.end()};
}

TEST(AppendLogTest, AddsManyRecordsWithOneSync) {
  MemoryDisk disk;
  ASSERT_OK_AND_ASSIGN(AppendLog log, AppendLog::Open(disk.root(), "log", Options()));
  const int before = disk.syncs();
  ASSERT_OK(log.Append(Records({"<1>", "<2>", "<3>"})));
  EXPECT_EQ(disk.syncs() - before, 1);
  EXPECT_EQ(Content(disk.root(), "log"), "<1>\n<2>\n<3>\n");
  ASSERT_OK_AND_ASSIGN(const AppendLog again, AppendLog::Open(disk.root(), "log", Options()));
  EXPECT_EQ(again.last_record(), "<3>");
  EXPECT_FALSE(again.repair().has_value());
  EXPECT_EQ(again.size(), 12U);
}

TEST(AppendLogTest, CutsATornEndAtEveryByteAndKeepsIt) {
  const std::string whole = "<1>\n<2>\n<33>\n";
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    MemoryDisk disk;
    PutFile(disk.root(), "log", whole.substr(0, cut));
    ASSERT_OK_AND_ASSIGN(AppendLog log, AppendLog::Open(disk.root(), "log", Options()));
    const std::size_t end = whole.substr(0, cut).rfind('\n') + 1;  // npos + 1 is 0.
    EXPECT_EQ(log.size(), end) << cut;
    ASSERT_EQ(log.repair().has_value(), end != cut) << cut;
    if (log.repair().has_value()) {
      EXPECT_EQ(log.repair()->cut_bytes, cut - end);
      EXPECT_EQ(Content(disk.root(), log.repair()->kept_as), whole.substr(end, cut - end));
    }
    ASSERT_OK(log.Append(Records({"<4>"})));
    EXPECT_EQ(Content(disk.root(), "log"), whole.substr(0, end) + "<4>\n") << cut;
  }
}

TEST(AppendLogTest, TakesZerosAndMixturesAtTheEndForTorn) {
  for (const std::string& tail : {std::string(200'000, '\0'), std::string("garbage\nmore\n"),
                                  std::string("\0\0\n", 3), std::string(100, 'x') + "\n"}) {
    MemoryDisk disk;
    PutFile(disk.root(), "log", "<1>\n" + tail);
    ASSERT_OK_AND_ASSIGN(AppendLog log, AppendLog::Open(disk.root(), "log", Options()));
    EXPECT_EQ(log.last_record(), "<1>");
    EXPECT_EQ(log.size(), 4U);
    EXPECT_EQ(Content(disk.root(), log.repair().value().kept_as), tail);
  }
}

TEST(AppendLogTest, KeepsTwoTornEndsOfOneOffsetApart) {
  MemoryDisk disk;
  PutFile(disk.root(), "log", "<1>\n<2");
  ASSERT_OK(AppendLog::Open(disk.root(), "log", Options()));
  PutFile(disk.root(), "log", "<zz");
  ASSERT_OK_AND_ASSIGN(const AppendLog log, AppendLog::Open(disk.root(), "log", Options()));
  EXPECT_EQ(Content(disk.root(), "log.torn-4"), "<2");
  EXPECT_EQ(log.repair().value().kept_as, "log.torn-4-1");
  EXPECT_EQ(Content(disk.root(), "log.torn-4-1"), "<zz");
}

TEST(AppendLogTest, RefusesRecordsThatAreNotOneLineWithinTheLimit) {
  MemoryDisk disk;
  ASSERT_OK_AND_ASSIGN(AppendLog log, AppendLog::Open(disk.root(), "log", Options()));
  EXPECT_OK(log.Append(Records({"<345678901234567890>"})));
  const std::string before = Content(disk.root(), "log");
  EXPECT_TRUE(FailsWith(log.Append(Records({"<1>", "<a\nb>"})), ErrorCode::kInvalidArgument));
  EXPECT_TRUE(
      FailsWith(log.Append(Records({"<3456789012345678901>"})), ErrorCode::kInvalidArgument));
  EXPECT_EQ(Content(disk.root(), "log"), before);
}

TEST(AppendLogTest, AcknowledgesNothingOnAFullDiskAndGoesOnWhenThereIsRoom) {
  MemoryDisk disk;
  ASSERT_OK_AND_ASSIGN(AppendLog log, AppendLog::Open(disk.root(), "log", Options()));
  ASSERT_OK(log.Append(Records({"<1>"})));
  disk.SetFreeBytes(6);
  EXPECT_TRUE(FailsWith(log.Append(Records({"<2>", "<3>"})), ErrorCode::kUnavailable));
  EXPECT_EQ(Content(disk.root(), "log"), "<1>\n");
  ASSERT_OK(log.Append(Records({"<4>"})));
  EXPECT_EQ(Content(disk.root(), "log"), "<1>\n<4>\n");
}

TEST(AppendLogTest, TrustsNothingAfterAFailedSync) {
  MemoryDisk disk;
  ASSERT_OK_AND_ASSIGN(AppendLog log, AppendLog::Open(disk.root(), "log", Options()));
  disk.FailNextSync();
  EXPECT_TRUE(FailsWith(log.Append(Records({"<1>"})), ErrorCode::kUnavailable));
  EXPECT_TRUE(FailsWith(log.Append(Records({"<2>"})), ErrorCode::kUnavailable, "open it anew"));
}

// At every step, under every survival: each acknowledged record is there, in order, once; nothing
// else but whole records that were asked for; and the log can be opened and continued.
TEST(AppendLogTest, LosesNoAcknowledgedRecordAtAnyCut) {
  for (const Survival survival :
       {Survival::kOnlySynced, Survival::kEverything, Survival::kTornData}) {
    bool has_finished = false;
    for (int step = 1; !has_finished; ++step) {
      MemoryDisk disk;
      PutFile(disk.root(), "log", "<a>\n<torn");
      disk.CutPowerAtStep(step);
      std::vector<std::string> acknowledged = {"<a>"};
      if (auto log = AppendLog::Open(disk.root(), "log", Options()); log.has_value()) {
        for (const auto& batch :
             {Records({"<1>", "<2>"}), Records({"<3>"}), Records({"<4>", "<5>"})}) {
          if (!log->Append(batch).has_value()) break;
          acknowledged.insert(acknowledged.end(), batch.begin(), batch.end());
        }
      }
      has_finished = !disk.is_dead();
      disk.Reboot(survival);
      ASSERT_OK_AND_ASSIGN(AppendLog log, AppendLog::Open(disk.root(), "log", Options()));
      ASSERT_OK(log.Append(Records({"<end>"})));
      const std::string content = Content(disk.root(), "log");
      std::string expected;
      for (const std::string& record : acknowledged) expected += record + '\n';
      EXPECT_TRUE(content.starts_with(expected)) << step << ": " << content;
      EXPECT_TRUE(content.ends_with(">\n<end>\n")) << step << ": " << content;
      EXPECT_TRUE(std::string("<a>\n<1>\n<2>\n<3>\n<4>\n<5>\n")
                      .starts_with(content.substr(0, content.size() - 6)))
          << step << ": " << content;
    }
  }
}

TEST(AppendLogTest, WorksOnARealFolder) {
  TempDir temp;
  DirFolder folder{UniqueFd(::dup(temp.fd()))};
  PutFile(&folder, "log", "<1>\n<to");
  ASSERT_OK_AND_ASSIGN(AppendLog log, AppendLog::Open(&folder, "log", Options()));
  ASSERT_OK(log.Append(Records({"<2>"})));
  EXPECT_EQ(Content(&folder, "log"), "<1>\n<2>\n");
  EXPECT_EQ(Content(&folder, "log.torn-4"), "<to");
}

TEST(BackwardLinesTest, GivesEveryLineAcrossPieces) {
  MemoryDisk disk;
  std::string text;
  std::vector<std::string> lines;
  for (int i = 0; i < 3000; ++i) {
    lines.push_back(std::string(static_cast<std::size_t>(i % 97), 'x') + std::to_string(i));
    text += lines.back() + '\n';
  }
  PutFile(disk.root(), "f", text);
  const auto file = disk.root()->OpenForReading("f").value();
  BackwardLines reader(file.get(), text.size(), 1000);
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    ASSERT_EQ(reader.Previous().value().value().text, *line);
  }
  EXPECT_FALSE(reader.Previous().value().has_value());
}

TEST(BackwardLinesTest, SkipsTheTextOfALineThatIsTooLong) {
  MemoryDisk disk;
  const std::string text = "\na\n" + std::string(300'000, 'x') + "\n\nb\n";
  PutFile(disk.root(), "f", text);
  const auto file = disk.root()->OpenForReading("f").value();
  BackwardLines reader(file.get(), text.size(), 1000);
  EXPECT_EQ(reader.Previous().value().value().text, "b");
  EXPECT_EQ(reader.Previous().value().value().text, "");
  const auto line = reader.Previous().value().value();
  EXPECT_TRUE(line.is_too_long && line.text.empty());
  EXPECT_EQ(line.offset, 3U);
  EXPECT_EQ(reader.Previous().value().value().text, "a");
  EXPECT_EQ(reader.Previous().value().value().offset, 0U);
  EXPECT_FALSE(reader.Previous().value().has_value());
}

}  // namespace
}  // namespace secai::storage
