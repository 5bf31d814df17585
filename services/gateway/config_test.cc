#include "gateway/config.h"

#include <string>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"

namespace secai::gateway {
namespace {

TEST(ConfigTest, ReadsOwnerUids) {
  ASSERT_OK_AND_ASSIGN(const auto uids, ParseOwnerUids("0,1000"));
  EXPECT_EQ(uids, (std::vector<std::uint32_t>{0, 1000}));
}

TEST(ConfigTest, WithoutAnOwnerThereIsNoStart) {
  for (const char* text : {"", ",", "1000,", "a", "1000 ", "-1", "4294967296", "1;2"}) {
    EXPECT_TRUE(secai::testing::FailsWith(ParseOwnerUids(text), ErrorCode::kInvalidArgument))
        << text;
  }
  std::string many = "1";
  for (int i = 0; i < 64; ++i) many += ",1";
  EXPECT_FALSE(ParseOwnerUids(many).has_value());
}

}  // namespace
}  // namespace secai::gateway
