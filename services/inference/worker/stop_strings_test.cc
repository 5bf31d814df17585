#include "inference/worker/stop_strings.h"

#include <gtest/gtest.h>

namespace secai::inference {
namespace {

// All of `text` in pieces of `step` bytes, and what came out.
std::string Feed(StopStrings* stops, std::string_view text, std::size_t step) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += step) out += stops->Push(text.substr(i, step));
  return out;
}

TEST(StopStringsTest, CutsBeforeTheFirstStopWhereverThePiecesEnd) {
  for (std::size_t step = 1; step < 12; ++step) {
    StopStrings stops({"END", "\n\n"});
    EXPECT_EQ(Feed(&stops, "one\ntwo END three\n\n", step), "one\ntwo ") << step;
    EXPECT_EQ(stops.stopped(), "END");
    EXPECT_EQ(stops.Finish(), "");
    EXPECT_EQ(stops.Push("more"), "");
  }
}

TEST(StopStringsTest, HoldsBackOnlyWhatMayBecomeAStop) {
  StopStrings stops({"abcd"});
  EXPECT_EQ(stops.Push("xxabc"), "xx");
  EXPECT_EQ(stops.Push("x"), "abcx");
  EXPECT_EQ(stops.Push("ab"), "");
  EXPECT_EQ(stops.Finish(), "ab");
  EXPECT_FALSE(stops.stopped());
}

TEST(StopStringsTest, RepeatedBeginningIsFound) {
  StopStrings stops({"aab"});
  EXPECT_EQ(Feed(&stops, "aaab", 1), "a");
  EXPECT_EQ(stops.stopped(), "aab");
}

TEST(StopStringsTest, LongestWinsAtOnePlaceAndEarliestOverAll) {
  StopStrings stops({"<e", "<end>", ">"});
  EXPECT_EQ(stops.Push("a<end>"), "a");
  EXPECT_EQ(stops.stopped(), "<end>");
}

TEST(StopStringsTest, WithoutStopsEverythingPassesAtOnce) {
  StopStrings stops({""});
  EXPECT_EQ(stops.Push("anything"), "anything");
}

}  // namespace
}  // namespace secai::inference
