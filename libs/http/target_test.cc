#include "http/target.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"

namespace secai::http {
namespace {

using Segments = std::vector<std::string>;

TEST(TargetTest, SplitsPathAndDecodesEachSegmentOnce) {
  ASSERT_OK_AND_ASSIGN(const Target root, ParseTarget("/"));
  EXPECT_EQ(root.segments, Segments{});
  ASSERT_OK_AND_ASSIGN(const Target model, ParseTarget("/v1/models/Smol%20LM%2B2"));
  EXPECT_EQ(model.segments, (Segments{"v1", "models", "Smol LM+2"}));
  ASSERT_OK_AND_ASSIGN(const Target twice, ParseTarget("/a/%2541"));
  EXPECT_EQ(twice.segments, (Segments{"a", "%41"}));
  ASSERT_OK_AND_ASSIGN(const Target slash, ParseTarget("/a/"));
  EXPECT_EQ(slash.segments, (Segments{"a", ""}));
}

TEST(TargetTest, ReadsTheQuery) {
  ASSERT_OK_AND_ASSIGN(const Target target, ParseTarget("/a?name=x%2Fy+z&empty=&flag&"));
  EXPECT_EQ(target.QueryValue("name"), "x/y z");
  EXPECT_EQ(target.QueryValue("empty"), "");
  EXPECT_EQ(target.QueryValue("flag"), "");
  EXPECT_EQ(target.QueryValue("other"), std::nullopt);
}

TEST(TargetTest, RefusesWhatCouldBeReadInTwoWays) {
  const std::vector<std::string> refused = {"",
                                            "*",
                                            "http://localhost/",
                                            "localhost:80",
                                            "a",
                                            "//a",
                                            "/a//b",
                                            "/.",
                                            "/a/../b",
                                            "/%2e%2e/x",
                                            "/a%2fb",
                                            "/a%5cb",
                                            "/a\\b",
                                            "/%00",
                                            "/%0a",
                                            "/%7f",
                                            "/%",
                                            "/%4",
                                            "/%zz",
                                            "/a b",
                                            "/a#b",
                                            "/\x80",
                                            "/%ff",
                                            "/%c0%af",
                                            "/a?x=1&x=2",
                                            "/a?x=%00",
                                            "/a?%zz",
                                            "/?" + std::string(9000, 'a')};
  for (const std::string& text : refused) {
    EXPECT_TRUE(testing::FailsWith(ParseTarget(text), ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(TargetTest, HoldsItsLimitsOnBothSides) {
  std::string path;
  for (int i = 0; i < 32; ++i) path += "/a";
  EXPECT_OK(ParseTarget(path));
  EXPECT_FALSE(ParseTarget(path + "/a").has_value());
  std::string query = "/?";
  for (int i = 0; i < 64; ++i) query += "k" + std::to_string(i) + "=&";
  EXPECT_OK(ParseTarget(query));
  EXPECT_FALSE(ParseTarget(query + "more=1").has_value());
}

}  // namespace
}  // namespace secai::http
