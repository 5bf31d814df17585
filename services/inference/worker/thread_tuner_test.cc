#include "inference/worker/thread_tuner.h"

#include <map>

#include <gtest/gtest.h>

namespace secai::inference {
namespace {

using std::chrono::milliseconds;

class ThreadTunerTest : public ::testing::Test {
 protected:
  // Steps of `tokens` tokens on a host where a step with n threads takes `cost_[n]`.
  void Run(int steps, std::size_t tokens = 1) {
    for (int i = 0; i < steps; ++i) {
      ++used_[tuner_.threads()];
      tuner_.Record(tokens, cost_.at(tuner_.threads()));
    }
  }
  void RunUntilSettled() {
    for (int i = 0; i < 100 && !tuner_.is_settled(); ++i) Run(1);
    ASSERT_TRUE(tuner_.is_settled());
  }

  ThreadTuner tuner_{4};
  std::map<int, milliseconds> cost_{
      {1, milliseconds(40)}, {2, milliseconds(20)}, {4, milliseconds(30)}};
  std::map<int, int> used_;
};

TEST_F(ThreadTunerTest, KeepsTheFastest) {
  RunUntilSettled();
  EXPECT_EQ(tuner_.threads(), 2);
}

TEST_F(ThreadTunerTest, NoticesThatTheHostGotBusy) {
  RunUntilSettled();
  cost_ = {{1, milliseconds(45)}, {2, milliseconds(90)}, {4, milliseconds(900)}};
  Run(20);
  RunUntilSettled();
  EXPECT_EQ(tuner_.threads(), 1);
}

TEST_F(ThreadTunerTest, NoticesThatTheHostIsIdleAgain) {
  cost_ = {{1, milliseconds(45)}, {2, milliseconds(90)}, {4, milliseconds(900)}};
  RunUntilSettled();
  EXPECT_EQ(tuner_.threads(), 1);
  cost_ = {{1, milliseconds(40)}, {2, milliseconds(20)}, {4, milliseconds(30)}};
  Run(300);
  RunUntilSettled();
  EXPECT_EQ(tuner_.threads(), 2);
}

TEST_F(ThreadTunerTest, TryingCostsFewSteps) {
  Run(10'000);
  EXPECT_GT(used_[2], 9'700);
}

TEST_F(ThreadTunerTest, OneSlowStepIsNoReason) {
  RunUntilSettled();
  tuner_.Record(1, milliseconds(500));
  EXPECT_TRUE(tuner_.is_settled());
}

TEST_F(ThreadTunerTest, PromptsAreNotJudged) {
  RunUntilSettled();
  for (int i = 0; i < 20; ++i) tuner_.Record(512, milliseconds(5000));
  EXPECT_TRUE(tuner_.is_settled());
}

TEST_F(ThreadTunerTest, StepsOfAnotherSizeAreNotCompared) {
  RunUntilSettled();
  cost_ = {{1, milliseconds(80)}, {2, milliseconds(60)}, {4, milliseconds(70)}};
  Run(20, 4);
  EXPECT_TRUE(tuner_.is_settled());
  EXPECT_EQ(tuner_.threads(), 2);
}

TEST(SingleCpuTunerTest, HasNothingToTry) {
  ThreadTuner tuner(1);
  EXPECT_TRUE(tuner.is_settled());
  tuner.Record(1, milliseconds(1));
  EXPECT_EQ(tuner.threads(), 1);
}

}  // namespace
}  // namespace secai::inference
