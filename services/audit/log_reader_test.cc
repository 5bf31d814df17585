#include "audit/log_reader.h"

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"
#include "storage/testing/memory_disk.h"

namespace secai::audit {
namespace {

using storage::testing::MemoryDisk;

// Entries 1 to `count`; every third is a registry event, the others are of the gateway.
class LogReaderTest : public ::testing::Test {
 protected:
  void Put(int count) {
    for (int i = 1; i <= count; ++i) {
      const std::string room = i % 3 == 0 ? "registry" : "gateway";
      const std::string event = i % 3 == 0 ? "registry.removed" : "gateway.policy_changed";
      text_ += FormatEntry(static_cast<std::uint64_t>(i),
                           FormatEntryRest(Clock::TimePoint(), room, event, {{"i", i}}).value());
      text_ += '\n';
    }
  }

  TailPage Read(const TailRequest& request, const TailLimits& limits = {}) {
    const auto file = disk_.root()->OpenForWriting("f", storage::IfMissing::kCreate).value();
    EXPECT_OK(file->Truncate(0));
    EXPECT_OK(file->Append(text_));
    auto page = ReadTail(file.get(), text_.size(), request, limits);
    EXPECT_OK(page);
    return *std::move(page);
  }

  std::vector<std::uint64_t> Seqs(const TailRequest& request) {
    std::vector<std::uint64_t> seqs;
    for (const Entry& entry : Read(request).entries) seqs.push_back(entry.seq);
    return seqs;
  }

  MemoryDisk disk_;
  std::string text_;
};

using Numbers = std::vector<std::uint64_t>;

TEST_F(LogReaderTest, GivesTheNewestInTheOrderOfTheLog) {
  Put(10);
  EXPECT_EQ(Seqs({.limit = 3}), (Numbers{8, 9, 10}));
  EXPECT_EQ(Read({.limit = 3}).oldest_seq, 8U);
  EXPECT_EQ(Seqs({.limit = 1000}).size(), 10U);
  EXPECT_EQ(Read({.limit = 1000}).oldest_seq, 0U);
}

TEST_F(LogReaderTest, PagesBackwardsWithoutMissingOrRepeating) {
  Put(10);
  EXPECT_EQ(Seqs({.limit = 4, .before_seq = 8}), (Numbers{4, 5, 6, 7}));
  EXPECT_EQ(Seqs({.limit = 4, .before_seq = 4}), (Numbers{1, 2, 3}));
  EXPECT_EQ(Seqs({.limit = 4, .before_seq = 1}), Numbers{});
}

TEST_F(LogReaderTest, FollowsForwardsWithoutMissingOrRepeating) {
  Put(10);
  EXPECT_EQ(Seqs({.limit = 4, .after_seq = 3}), (Numbers{4, 5, 6, 7}));
  EXPECT_EQ(Seqs({.limit = 4, .after_seq = 7}), (Numbers{8, 9, 10}));
  EXPECT_EQ(Seqs({.limit = 4, .after_seq = 10}), Numbers{});
}

TEST_F(LogReaderTest, FiltersByTheBeginningOfTheName) {
  Put(10);
  EXPECT_EQ(Seqs({.limit = 2, .event_prefix = "registry."}), (Numbers{6, 9}));
  EXPECT_EQ(Seqs({.limit = 9, .after_seq = 3, .event_prefix = "registry."}), (Numbers{6, 9}));
  EXPECT_EQ(Seqs({.limit = 9, .event_prefix = "vault."}), Numbers{});
}

TEST_F(LogReaderTest, PassesOverDamagedLinesAndCountsThem) {
  Put(2);
  text_ += "not an entry\n" + std::string(100'000, 'x') + "\n\n";
  const std::size_t before = text_.size();
  Put(1);
  EXPECT_GT(text_.size(), before);
  const TailPage page = Read({.limit = 10});
  EXPECT_EQ(page.entries.size(), 3U);
  EXPECT_EQ(page.damaged_lines, 3U);
}

TEST_F(LogReaderTest, StopsAtItsLimitsAndSaysHowFarItLooked) {
  Put(1000);
  TailLimits limits;
  limits.max_scanned_bytes = 20'000;
  const TailPage scanned = Read({.limit = 1000, .event_prefix = "vault."}, limits);
  EXPECT_TRUE(scanned.entries.empty());
  EXPECT_GT(scanned.oldest_seq, 500U);
  limits = {};
  limits.max_answer_bytes = 1000;
  const TailPage page = Read({.limit = 1000}, limits);
  EXPECT_LT(page.entries.size(), 11U);
  EXPECT_EQ(page.entries.back().seq, 1000U);
  EXPECT_EQ(page.oldest_seq, page.entries.front().seq);
}

}  // namespace
}  // namespace secai::audit
