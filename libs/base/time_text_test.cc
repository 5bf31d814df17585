#include "base/time_text.h"

#include <chrono>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"

namespace secai {
namespace {

using std::chrono::milliseconds;
using testing::FailsWith;

TEST(TimeTextTest, WritesUtcWithMilliseconds) {
  EXPECT_EQ(FormatTime(Clock::TimePoint(milliseconds(0))), "1970-01-01T00:00:00.000Z");
  // 1,000,000,000 s is 2001-09-09T01:46:40Z (date -u -d @1000000000).
  EXPECT_EQ(FormatTime(Clock::TimePoint(milliseconds(1'000'000'000'007))),
            "2001-09-09T01:46:40.007Z");
  EXPECT_EQ(FormatTime(Clock::TimePoint(milliseconds(-1))), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(FormatTime(Clock::TimePoint(milliseconds(1'000'000'000'000'000))),
            "9999-12-31T23:59:59.999Z");
}

TEST(TimeTextTest, ReadsWhatItWrites) {
  for (const char* text : {"1970-01-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z"}) {
    EXPECT_EQ(FormatTime(ParseTime(text).value()), text);
  }
}

TEST(TimeTextTest, RefusesEveryOtherForm) {
  for (const char* text :
       {"", "2024-02-29T23:59:59Z", "2024-02-29t23:59:59.999z", "2024-02-29T23:59:59.999+00:00",
        "2023-02-29T00:00:00.000Z", "2024-13-01T00:00:00.000Z", "2024-01-01T24:00:00.000Z",
        "2024-01-01T00:60:00.000Z", "2024-01-01T00:00:60.000Z", "2024-01-01T00:00:00.0000Z",
        "-024-01-01T00:00:00.000Z"}) {
    EXPECT_TRUE(FailsWith(ParseTime(text), ErrorCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace secai
