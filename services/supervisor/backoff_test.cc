#include "supervisor/backoff.h"

#include <gtest/gtest.h>

namespace secai::supervisor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(BackoffTest, DoublesUpToThirtySeconds) {
  Backoff backoff;
  Backoff::TimePoint now;
  for (const int expected : {100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000, 30000}) {
    EXPECT_EQ(backoff.Next(now), milliseconds{expected});
  }
}

TEST(BackoffTest, BeginsAgainAfterAMinuteOfHealth) {
  Backoff backoff;
  Backoff::TimePoint now;
  EXPECT_EQ(backoff.Next(now), milliseconds{100});
  EXPECT_EQ(backoff.Next(now), milliseconds{200});
  backoff.BecameReady(now);
  now += seconds{60};
  EXPECT_EQ(backoff.Next(now), milliseconds{100});
}

TEST(BackoffTest, AShortHealthDoesNotCount) {
  Backoff backoff;
  Backoff::TimePoint now;
  EXPECT_EQ(backoff.Next(now), milliseconds{100});
  backoff.BecameReady(now);
  now += seconds{60} - milliseconds{1};
  EXPECT_EQ(backoff.Next(now), milliseconds{200});
  now += seconds{120};  // Not ready meanwhile.
  EXPECT_EQ(backoff.Next(now), milliseconds{400});
}

}  // namespace
}  // namespace secai::supervisor
