#include "base/json_fields.h"

#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <gtest/gtest.h>

#include "base/strict_json.h"
#include "base/testing/result_matchers.h"

namespace secai {
namespace {

using testing::FailsWith;

constexpr ErrorCode kBad = ErrorCode::kInvalidArgument;

boost::json::object Parse(std::string_view text) {
  return ParseStrictJson(text).value().as_object();
}

TEST(JsonFieldsTest, ReadsEachKind) {
  const auto object = Parse(R"({"s":"x","b":true,"i":-3,"u":18446744073709551615,"d":0.5,
                               "o":{"k":1},"a":[1],"w":1e2})");
  EXPECT_EQ(GetString(object, "s").value(), "x");
  EXPECT_TRUE(GetBool(object, "b").value());
  EXPECT_EQ(GetInt(object, "i").value(), -3);
  EXPECT_EQ(GetUint(object, "u").value(), 18446744073709551615U);
  EXPECT_EQ(GetDouble(object, "d").value(), 0.5);
  EXPECT_EQ(GetDouble(object, "i").value(), -3.0);
  EXPECT_EQ(GetObject(object, "o").value()->size(), 1U);
  EXPECT_EQ(GetArray(object, "a").value()->size(), 1U);
  EXPECT_EQ(GetInt(object, "w").value(), 100);
  EXPECT_EQ(GetUint(object, "w").value(), 100U);
}

TEST(JsonFieldsTest, NamesTheMemberThatIsMissingOrOfAnotherKind) {
  const auto object = Parse(R"({"s":1,"n":null,"f":1.5})");
  EXPECT_TRUE(FailsWith(GetString(object, "role"), kBad, "role: missing"));
  EXPECT_TRUE(FailsWith(GetString(object, "s"), kBad, "s: a string is needed"));
  EXPECT_TRUE(FailsWith(GetString(object, "n"), kBad, "n: a string is needed"));
  EXPECT_TRUE(FailsWith(GetInt(object, "f"), kBad, "f: a whole number is needed"));
  EXPECT_TRUE(FailsWith(GetUint(object, "f"), kBad, "f: a whole number of 0 or more is needed"));
  EXPECT_TRUE(FailsWith(GetBool(object, "s"), kBad, "s: true or false is needed"));
  EXPECT_TRUE(FailsWith(GetArray(object, "s"), kBad, "s: an array is needed"));
  EXPECT_TRUE(FailsWith(GetObject(object, "s"), kBad, "s: an object is needed"));
}

TEST(JsonFieldsTest, KeepsBoundsOnBothSides) {
  const auto object = Parse(R"({"n":10,"m":-1,"big":18446744073709551615,"s":"abc","d":2})");
  EXPECT_OK(GetInt(object, "n", 1, 10));
  EXPECT_TRUE(FailsWith(GetInt(object, "n", 1, 9), kBad, "n: must be 1 to 9"));
  EXPECT_TRUE(FailsWith(GetInt(object, "big"), kBad, "big: must be"));
  EXPECT_TRUE(FailsWith(GetUint(object, "m"), kBad, "m: a whole number of 0 or more is needed"));
  EXPECT_TRUE(FailsWith(GetUint(object, "n", 9), kBad, "n: must be 0 to 9"));
  EXPECT_OK(GetString(object, "s", 3));
  EXPECT_TRUE(FailsWith(GetString(object, "s", 2), kBad, "s: 3 bytes, over the limit of 2"));
  EXPECT_OK(GetDouble(object, "d", 0, 2));
  EXPECT_TRUE(FailsWith(GetDouble(object, "d", 0, 1.5), kBad, "d: must be 0 to 1.5"));
}

TEST(JsonFieldsTest, OptionalFormsTakeAbsentAndNullAsNone) {
  const auto object = Parse(R"({"n":null,"s":"x","i":4,"bad":[]})");
  EXPECT_FALSE(GetOptionalString(object, "n").value().has_value());
  EXPECT_FALSE(GetOptionalInt(object, "absent").value().has_value());
  EXPECT_FALSE(GetOptionalBool(object, "absent").value().has_value());
  EXPECT_FALSE(GetOptionalDouble(object, "n").value().has_value());
  EXPECT_EQ(GetOptionalObject(object, "n").value(), nullptr);
  EXPECT_EQ(GetOptionalArray(object, "absent").value(), nullptr);
  EXPECT_EQ(GetOptionalString(object, "s").value(), "x");
  EXPECT_EQ(GetOptionalUint(object, "i").value(), 4U);
  EXPECT_TRUE(FailsWith(GetOptionalString(object, "bad"), kBad, "bad: a string is needed"));
  EXPECT_TRUE(FailsWith(GetOptionalObject(object, "bad"), kBad, "bad: an object is needed"));
}

TEST(JsonFieldsTest, RefusesUnknownMembersByName) {
  const auto object = Parse(R"({"a":1,"b\u0007":2})");
  EXPECT_TRUE(FailsWith(RefuseUnknownMembers(object, {"a"}), kBad, "b\\u{7}: unknown member"));
  EXPECT_OK(RefuseUnknownMembers(object, {"a", "b\x07", "c"}));
}

}  // namespace
}  // namespace secai
