#include "base/hex.h"

#include <array>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"

namespace secai {
namespace {

using testing::FailsWith;

TEST(HexTest, GoesThereAndBack) {
  const std::vector<std::uint8_t> bytes = {0x00, 0x0f, 0xa5, 0xff};
  EXPECT_EQ(ToHex(bytes), "000fa5ff");
  EXPECT_EQ(FromHex("000fa5ff").value(), bytes);
  EXPECT_TRUE(FromHex("").value().empty());
}

TEST(HexTest, RefusesOddLengthUpperCaseAndOtherLetters) {
  EXPECT_TRUE(FailsWith(FromHex("abc"), ErrorCode::kInvalidArgument));
  EXPECT_TRUE(FailsWith(FromHex("AB"), ErrorCode::kInvalidArgument));
  EXPECT_TRUE(FailsWith(FromHex("0g"), ErrorCode::kInvalidArgument));
  EXPECT_TRUE(FailsWith(FromHex("0x"), ErrorCode::kInvalidArgument));
  std::array<std::uint8_t, 2> two = {};
  EXPECT_TRUE(FailsWith(FromHexInto("aa", two), ErrorCode::kInvalidArgument, "4 hex digits"));
}

}  // namespace
}  // namespace secai
