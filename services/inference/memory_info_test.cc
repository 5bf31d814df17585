#include "inference/memory_info.h"

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"

namespace secai::inference {
namespace {

using secai::testing::FailsWith;

TEST(ParseMemAvailableTest, ReadsKibibytes) {
  ASSERT_OK_AND_ASSIGN(
      const std::uint64_t bytes,
      ParseMemAvailable(
          "MemTotal:       24689384 kB\nMemAvailable:   23068672 kB\nBuffers: 1 kB\n"));
  EXPECT_EQ(bytes, std::uint64_t{23068672} * 1024);
}

TEST(ParseMemAvailableTest, AnythingElseIsAnError) {
  EXPECT_TRUE(FailsWith(ParseMemAvailable(""), ErrorCode::kInternal));
  EXPECT_TRUE(FailsWith(ParseMemAvailable("MemFree: 5 kB\n"), ErrorCode::kInternal));
  EXPECT_TRUE(FailsWith(ParseMemAvailable("MemAvailable: kB\n"), ErrorCode::kInternal));
}

TEST(ProcMemoryInfoTest, TellsTheHostsMemoryAgainAndAgain) {
  ASSERT_OK_AND_ASSIGN(const auto info, ProcMemoryInfo::Open());
  for (int i = 0; i < 2; ++i) {
    ASSERT_OK_AND_ASSIGN(const std::uint64_t bytes, info->AvailableBytes());
    EXPECT_GT(bytes, std::uint64_t{1} << 20);
  }
}

}  // namespace
}  // namespace secai::inference
