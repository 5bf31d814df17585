#include "secai/progress_bar.h"

#include <limits>

#include <gtest/gtest.h>

namespace secai::cli {
namespace {

TEST(RenderBarTest, ShowsTheShareTwice) {
  EXPECT_EQ(RenderBar("stage 5", 0.5, "2.0 GB", 80),
            "stage 5                       [############            ]  50 %  2.0 GB");
}

TEST(RenderBarTest, NeverShowsMoreThanAll) {
  EXPECT_NE(RenderBar("x", 7.0, "", 80).find("100 %"), std::string::npos);
  EXPECT_NE(RenderBar("x", -1.0, "", 80).find("  0 %"), std::string::npos);
  EXPECT_NE(RenderBar("x", std::numeric_limits<double>::quiet_NaN(), "", 80).find("  0 %"),
            std::string::npos);
  EXPECT_NE(RenderBar("x", 0.999, "", 80).find(" 99 %"), std::string::npos);
}

TEST(RenderBarTest, FitsANarrowTerminal) {
  for (int columns = 0; columns < 100; ++columns) {
    EXPECT_LE(RenderBar("a long name", 0.3, "detail", columns).size(),
              static_cast<std::size_t>(columns));
  }
}

TEST(HumanBytesTest, UsesDecimalUnits) {
  EXPECT_EQ(HumanBytes(0), "0 B");
  EXPECT_EQ(HumanBytes(999), "999 B");
  EXPECT_EQ(HumanBytes(1000), "1.0 kB");
  EXPECT_EQ(HumanBytes(999'949), "999.9 kB");
  EXPECT_EQ(HumanBytes(999'950), "1.0 MB");
  EXPECT_EQ(HumanBytes(98'310'144), "98.3 MB");
  EXPECT_EQ(HumanBytes(std::numeric_limits<std::uint64_t>::max()), "18446744.1 TB");
}

}  // namespace
}  // namespace secai::cli
