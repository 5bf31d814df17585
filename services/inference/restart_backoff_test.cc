#include "inference/restart_backoff.h"

#include <gtest/gtest.h>

namespace secai::inference {
namespace {

using std::chrono::seconds;

class RestartBackoffTest : public ::testing::Test {
 protected:
  RestartBackoff backoff_;
  RestartBackoff::TimePoint now_{seconds(1000)};
};

TEST_F(RestartBackoffTest, FirstEndsAreRestartedAtOnce) {
  EXPECT_EQ(backoff_.WaitAt(now_), seconds(0));
  backoff_.RecordEnd(now_);
  EXPECT_EQ(backoff_.WaitAt(now_), seconds(0));
  backoff_.RecordEnd(now_);
  EXPECT_EQ(backoff_.WaitAt(now_), seconds(0));
}

TEST_F(RestartBackoffTest, EndingAgainAndAgainWaitsLongerAndLongerUpToALimit) {
  for (int i = 0; i < 3; ++i) backoff_.RecordEnd(now_);
  EXPECT_EQ(backoff_.WaitAt(now_), seconds(5));
  EXPECT_EQ(backoff_.WaitAt(now_ + seconds(4)), seconds(1));
  EXPECT_EQ(backoff_.WaitAt(now_ + seconds(5)), seconds(0));
  backoff_.RecordEnd(now_ + seconds(5));
  EXPECT_EQ(backoff_.WaitAt(now_ + seconds(5)), seconds(10));
  for (int i = 0; i < 20; ++i) backoff_.RecordEnd(now_ + seconds(5));
  EXPECT_EQ(backoff_.WaitAt(now_ + seconds(5)), seconds(320));
}

TEST_F(RestartBackoffTest, AQuietMinuteForgives) {
  for (int i = 0; i < 3; ++i) backoff_.RecordEnd(now_);
  backoff_.RecordEnd(now_ + seconds(5 + 61));
  EXPECT_EQ(backoff_.WaitAt(now_ + seconds(66)), seconds(0));
}

}  // namespace
}  // namespace secai::inference
