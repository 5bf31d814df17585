#include "secai/json_view.h"

#include <gtest/gtest.h>

namespace secai::cli {
namespace {

TEST(JsonViewTest, ShowsEveryKindInOneSafeLine) {
  const boost::json::object object = {
      {"text", "a\x1b[0m\n"}, {"number", 3}, {"none", nullptr}, {"list", {1, 2}}};
  EXPECT_EQ(TextOf(object, "text"), "a\\u{1b}[0m\\u{a}");
  EXPECT_EQ(TextOf(object, "number"), "3");
  EXPECT_EQ(TextOf(object, "none"), "");
  EXPECT_EQ(TextOf(object, "absent"), "");
  EXPECT_EQ(TextOf(object, "list"), "[1,2]");
}

TEST(JsonViewTest, WhatIsAbsentOrOfAnotherKindIsNothing) {
  const boost::json::object object = {{"text", "a"}, {"big", 1e300}};
  EXPECT_EQ(NumberOf(object, "text"), 0);
  EXPECT_EQ(NumberOf(object, "big"), 0);
  EXPECT_EQ(ShareOf(object, "absent"), 0.0);
  EXPECT_TRUE(ArrayOf(object, "text").empty());
  EXPECT_TRUE(ObjectOf(object, "text").empty());
}

TEST(JsonViewTest, ColumnsLineUp) {
  EXPECT_EQ(RenderTable({"NAME", "SIZE"}, {{"a", "1"}, {"longer", "2"}}),
            "NAME    SIZE\na       1\nlonger  2\n");
}

TEST(JsonViewTest, MembersLineUp) {
  EXPECT_EQ(RenderMembers({{"a", 1}, {"long", "x"}}), "a:     1\nlong:  x\n");
}

}  // namespace
}  // namespace secai::cli
