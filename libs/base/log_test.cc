#include "base/log.h"

#include <chrono>
#include <limits>

#include <gtest/gtest.h>

#include "base/strict_json.h"
#include "base/testing/result_matchers.h"

namespace secai::log {
namespace {

using std::chrono::milliseconds;

constexpr Clock::TimePoint kTime(milliseconds(1'000'000'000'007));

TEST(LogTest, WritesOneLineOfJson) {
  EXPECT_EQ(FormatLine(kTime, "airlock", Level::kWarn, "airlock.denied",
                       {{"port", 80}, {"host", "a\"b\\"}, {"is_new", true}, {"rate", 0.5}}),
            "{\"time\":\"2001-09-09T01:46:40.007Z\",\"room\":\"airlock\",\"level\":\"warn\","
            "\"event\":\"airlock.denied\",\"fields\":{\"port\":80,\"host\":\"a\\\"b\\\\\","
            "\"is_new\":true,\"rate\":0.5}}\n");
  EXPECT_EQ(FormatLine(kTime, "a", Level::kInfo, "a.started", {}),
            "{\"time\":\"2001-09-09T01:46:40.007Z\",\"room\":\"a\",\"level\":\"info\","
            "\"event\":\"a.started\"}\n");
}

TEST(LogTest, StaysOneLineOfStrictJsonWhateverTheText) {
  std::string hostile;
  for (int c = 0; c < 256; ++c) hostile += static_cast<char>(c);
  const std::string line =
      FormatLine(kTime, "a", Level::kError, hostile,
                 {{hostile, hostile}, {"nan", std::numeric_limits<double>::quiet_NaN()}});
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_OK(ParseStrictJson(line));
}

TEST(RateLimitTest, AdmitsABurstThenOnePerIntervalAndCountsTheRest) {
  const RateLimit::TimePoint start{};
  RateLimit limit(2, milliseconds(100));
  EXPECT_EQ(limit.Admit(start), 0U);
  EXPECT_EQ(limit.Admit(start), 0U);
  EXPECT_EQ(limit.Admit(start), std::nullopt);
  EXPECT_EQ(limit.Admit(start + milliseconds(99)), std::nullopt);
  EXPECT_EQ(limit.Admit(start + milliseconds(100)), 2U);
  EXPECT_EQ(limit.Admit(start + milliseconds(100)), std::nullopt);
  EXPECT_EQ(limit.Admit(start + milliseconds(100'000)), 1U);
  EXPECT_EQ(limit.Admit(start + milliseconds(100'000)), 0U);
  EXPECT_EQ(limit.Admit(start + milliseconds(100'000)), std::nullopt);
}

}  // namespace
}  // namespace secai::log
