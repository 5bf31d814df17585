#include "audit/log_writer.h"

#include <chrono>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "audit/entry.h"
#include "audit/testing/writer_loop.h"
#include "base/testing/fake_clock.h"
#include "base/testing/result_matchers.h"
#include "base/testing/temp_dir.h"
#include "storage/dir_folder.h"
#include "storage/testing/memory_disk.h"

namespace secai::audit {
namespace {

using secai::testing::FailsWith;
using storage::testing::MemoryDisk;
using storage::testing::Survival;
using testing::WriterLoop;

const FakeClock kClock(Clock::TimePoint(std::chrono::milliseconds(1'000'000'000'000)));

Event EventNumber(int number) {
  return events::RegistryRemoved{.name = std::to_string(number), .sha256 = ""}.ToEvent();
}

std::vector<Event> EventNumbers(int first, int last) {
  std::vector<Event> events;
  for (int i = first; i <= last; ++i) events.push_back(EventNumber(i));
  return events;
}

std::string LogText(storage::Folder* folder) {
  const auto file = folder->OpenForReading(kLogFileName);
  return file.has_value() ? storage::ReadWhole(file->get(), 1 << 24).value() : "";
}

std::vector<Entry> Entries(storage::Folder* folder) {
  std::vector<Entry> entries;
  std::string_view text;
  const std::string whole = LogText(folder);
  for (text = whole; !text.empty();) {
    const std::size_t newline = text.find('\n');
    const auto entry = ParseEntry(text.substr(0, newline));
    EXPECT_OK(entry);
    if (entry.has_value()) entries.push_back(*entry);
    if (newline == std::string_view::npos) break;
    text.remove_prefix(newline + 1);
  }
  return entries;
}

TEST(LogWriterTest, NumbersEntriesWithoutGapsAcrossRestarts) {
  MemoryDisk disk;
  {
    const auto loop = WriterLoop::Open(disk.root(), &kClock).value();
    EXPECT_EQ(loop->Record(EventNumber(1)).value(), 1U);
    EXPECT_EQ(loop->Record(EventNumber(2)).value(), 2U);
  }
  const auto loop = WriterLoop::Open(disk.root(), &kClock).value();
  EXPECT_EQ(loop->writer().last_seq(), 2U);
  EXPECT_EQ(loop->Record(EventNumber(3)).value(), 3U);
  const std::vector<Entry> entries = Entries(disk.root());
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[2].seq, 3U);
  EXPECT_EQ(entries[2].room, "registry");
  EXPECT_EQ(entries[2].event, "registry.removed");
  EXPECT_EQ(entries[2].fields.at("name").as_string(), "3");
}

TEST(LogWriterTest, SyncsOnceForAllThatWait) {
  MemoryDisk disk;
  const auto loop = WriterLoop::Open(disk.root(), &kClock).value();
  const int before = disk.syncs();
  const auto answers = loop->RecordAll(EventNumbers(1, 500));
  for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_EQ(answers[i].value(), i + 1);
  EXPECT_LE(disk.syncs() - before, 2);
}

TEST(LogWriterTest, CutsATornEndKeepsItAndSaysSo) {
  MemoryDisk disk;
  {
    const auto loop = WriterLoop::Open(disk.root(), &kClock).value();
    ASSERT_OK(loop->Record(EventNumber(1)));
  }
  const std::string torn = "{\"seq\":2,\"time\":\"20";
  const std::size_t offset = LogText(disk.root()).size();
  ASSERT_OK(
      disk.root()->OpenForWriting(kLogFileName, storage::IfMissing::kFail).value()->Append(torn));
  const auto loop = WriterLoop::Open(disk.root(), &kClock).value();
  EXPECT_EQ(loop->Record(EventNumber(2)).value(), 3U);
  const std::vector<Entry> entries = Entries(disk.root());
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[1].event, "audit.repaired");
  EXPECT_EQ(entries[1].fields.at("cut_bytes").to_number<std::size_t>(), torn.size());
  const std::string kept(entries[1].fields.at("kept_as").as_string());
  EXPECT_EQ(kept, "audit.log.torn-" + std::to_string(offset));
  EXPECT_EQ(storage::ReadWhole(disk.root()->OpenForReading(kept).value().get(), 1000).value(),
            torn);
}

TEST(LogWriterTest, RefusesOnAFullDiskAndGoesOnWithTheSameNumber) {
  MemoryDisk disk;
  const auto loop = WriterLoop::Open(disk.root(), &kClock).value();
  ASSERT_OK(loop->Record(EventNumber(1)));
  const std::string before = LogText(disk.root());
  disk.SetFreeBytes(150);  // One entry, not two.
  for (const auto& answer : loop->RecordAll(EventNumbers(2, 3))) {
    EXPECT_TRUE(FailsWith(answer, ErrorCode::kUnavailable, "writing the audit log"));
  }
  EXPECT_EQ(LogText(disk.root()), before);
  disk.SetFreeBytes(1000);
  EXPECT_EQ(loop->Record(EventNumber(4)).value(), 2U);
}

TEST(LogWriterTest, ReadsTheEndAnewAfterAFailedSync) {
  MemoryDisk disk;
  const auto loop = WriterLoop::Open(disk.root(), &kClock).value();
  ASSERT_OK(loop->Record(EventNumber(1)));
  disk.FailNextSync();
  EXPECT_TRUE(FailsWith(loop->Record(EventNumber(2)), ErrorCode::kUnavailable));
  ASSERT_OK(loop->Record(EventNumber(3)));
  std::uint64_t seq = 0;
  for (const Entry& entry : Entries(disk.root())) EXPECT_EQ(entry.seq, ++seq);
}

TEST(LogWriterTest, RefusesAnEntryOverTheLimitAlone) {
  MemoryDisk disk;
  const auto loop = WriterLoop::Open(disk.root(), &kClock).value();
  Event large = EventNumber(1);
  large.fields["name"] = std::string(kMaxEntryBytes, 'x');
  const auto answers = loop->RecordAll({EventNumber(1), large, EventNumber(2)});
  EXPECT_EQ(answers[0].value(), 1U);
  EXPECT_TRUE(FailsWith(answers[1], ErrorCode::kInvalidArgument, "at most"));
  EXPECT_EQ(answers[2].value(), 2U);
}

// At every step and under every survival: no acknowledged entry is lost, numbers have no gap, and
// the log opens.
TEST(LogWriterTest, LosesNoAcknowledgedEntryAtAnyCut) {
  for (const Survival survival :
       {Survival::kOnlySynced, Survival::kEverything, Survival::kTornData}) {
    bool has_finished = false;
    for (int step = 1; !has_finished; ++step) {
      MemoryDisk disk;
      std::uint64_t acknowledged = 0;
      disk.CutPowerAtStep(step);
      if (auto loop = WriterLoop::Open(disk.root(), &kClock); loop.has_value()) {
        for (int batch = 0; batch < 4 && !disk.is_dead(); ++batch) {
          for (const auto& answer : (*loop)->RecordAll(EventNumbers(batch * 3, batch * 3 + 2))) {
            if (answer.has_value()) acknowledged = *answer;
          }
        }
      }
      has_finished = !disk.is_dead();
      disk.Reboot(survival);
      const auto again = WriterLoop::Open(disk.root(), &kClock);
      ASSERT_OK(again);
      ASSERT_OK((*again)->Record(EventNumber(99)));
      std::uint64_t seq = 0;
      int next_name = 0;
      for (const Entry& entry : Entries(disk.root())) {
        EXPECT_EQ(entry.seq, ++seq) << step;
        if (entry.event == "registry.removed" && entry.fields.at("name") != "99") {
          EXPECT_EQ(entry.fields.at("name").as_string(), std::to_string(next_name++)) << step;
        }
      }
      EXPECT_GT(seq, acknowledged) << step;
    }
  }
}

// A real process on a real disk, killed while it writes.
TEST(LogWriterTest, KeepsWhatAKilledProcessHadAcknowledged) {
  TempDir temp;
  int pipe_fds[2] = {};
  ASSERT_EQ(::pipe(pipe_fds), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    storage::DirFolder folder{UniqueFd(::dup(temp.fd()))};
    const auto loop = WriterLoop::Open(&folder, &kClock).value();
    for (int i = 0;; i += 7) {
      for (const auto& answer : loop->RecordAll(EventNumbers(i, i + 6))) {
        const std::uint64_t seq = answer.value();
        if (::write(pipe_fds[1], &seq, sizeof(seq)) != sizeof(seq)) ::_exit(1);
      }
    }
  }
  ::close(pipe_fds[1]);
  std::uint64_t acknowledged = 0;
  while (acknowledged < 200) {
    ASSERT_EQ(::read(pipe_fds[0], &acknowledged, sizeof(acknowledged)),
              static_cast<ssize_t>(sizeof(acknowledged)));
  }
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  while (::read(pipe_fds[0], &acknowledged, sizeof(acknowledged)) ==
         static_cast<ssize_t>(sizeof(acknowledged))) {
  }
  ::close(pipe_fds[0]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));

  storage::DirFolder folder{UniqueFd(::dup(temp.fd()))};
  const auto loop = WriterLoop::Open(&folder, &kClock).value();
  EXPECT_GE(loop->writer().last_seq(), acknowledged);
  std::uint64_t seq = 0;
  for (const Entry& entry : Entries(&folder)) EXPECT_EQ(entry.seq, ++seq);
}

}  // namespace
}  // namespace secai::audit
