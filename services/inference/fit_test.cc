#include "inference/fit.h"

#include <limits>

#include <gtest/gtest.h>

namespace secai::inference {
namespace {

TEST(JudgeFitTest, BothSidesOfEachLimit) {
  EXPECT_EQ(JudgeFit(800, 1000, 100), Fit::kFits);
  EXPECT_EQ(JudgeFit(801, 1000, 100), Fit::kTight);
  EXPECT_EQ(JudgeFit(900, 1000, 100), Fit::kTight);
  EXPECT_EQ(JudgeFit(901, 1000, 100), Fit::kNo);
  EXPECT_EQ(JudgeFit(0, 99, 100), Fit::kNo);
  EXPECT_EQ(JudgeFit(0, 105, 100), Fit::kTight);
  EXPECT_EQ(JudgeFit(std::numeric_limits<std::uint64_t>::max(), 1000, 0), Fit::kNo);
}

TEST(ModelNeedTest, PeakCountsTheSealedCopyToo) {
  const ModelNeed need{
      .file_bytes = 100, .weights_bytes = 90, .context_bytes = 30, .compute_bytes = 5};
  EXPECT_GE(need.peak_bytes(), 225U);
}

}  // namespace
}  // namespace secai::inference
