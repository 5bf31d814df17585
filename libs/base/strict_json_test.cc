#include "base/strict_json.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"

namespace secai {
namespace {

using testing::FailsWith;

std::string MessageOf(std::string_view text, const JsonLimits& limits = {}) {
  const auto result = ParseStrictJson(text, limits);
  return result.has_value() ? "accepted" : result.error().message;
}

// The vectors of nst/JSONTestSuite, test_parsing (MIT, see tests/data/json/LICENSE).
TEST(StrictJsonTest, AgreesWithThePublicTestSuite) {
  int accepted = 0;
  int refused = 0;
  JsonLimits limits;
  limits.max_depth = 600;  // i_structure_500_nested_arrays.json is either.
  for (const auto& entry : std::filesystem::directory_iterator(SECAI_TEST_DATA "/json")) {
    const std::string name = entry.path().filename();
    if (!name.ends_with(".json")) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    ASSERT_TRUE(file) << name;
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto result = ParseStrictJson(text, limits);
    const bool is_duplicate_case = name.starts_with("y_object_duplicated_key");
    if (name.starts_with("y_") && !is_duplicate_case) {
      EXPECT_OK(result) << name;
      ++accepted;
    } else if (name.starts_with("n_") || is_duplicate_case) {
      EXPECT_FALSE(result.has_value()) << name;
      ++refused;
    }
  }
  EXPECT_EQ(accepted, 93);  // 95 files y_*, two of them with duplicate keys.
  EXPECT_EQ(refused, 190);  // 188 files n_* and those two.
}

TEST(StrictJsonTest, BuildsTheWholeValue) {
  ASSERT_OK_AND_ASSIGN(const auto value,
                       ParseStrictJson(R"( {"a":[1,-2,0.1,true,null,{"b":"x\u00e9"}],"":{}} )"));
  const auto& list = value.at("a").as_array();
  EXPECT_EQ(list.at(0).as_int64(), 1);
  EXPECT_EQ(list.at(1).as_int64(), -2);
  EXPECT_EQ(list.at(2).as_double(), 0.1);
  EXPECT_TRUE(list.at(3).as_bool());
  EXPECT_TRUE(list.at(4).is_null());
  EXPECT_EQ(list.at(5).at("b").as_string(), "x\xC3\xA9");
  EXPECT_TRUE(value.at("").as_object().empty());
}

TEST(StrictJsonTest, RefusesDuplicateKeysAfterUnescapingAndNamesThePlace) {
  EXPECT_EQ(MessageOf("{\"messages\":[{},\n  {\"role\":1,\"r\\u006fle\":2}]}"),
            "line 2, column 23, at messages[1].role: duplicate key");
}

TEST(StrictJsonTest, ReadsDoublesToTheLastBit) {
  // 2^-1022 - 2^-1074, the largest subnormal, and a case where a rough reading is off by one unit.
  EXPECT_EQ(ParseStrictJson("2.2250738585072011e-308").value().as_double(),
            2.2250738585072011e-308);
  EXPECT_EQ(ParseStrictJson("9007199254740993.0").value().as_double(), 9007199254740992.0);
  EXPECT_EQ(ParseStrictJson("7.2057594037927933e16").value().as_double(), 72057594037927936.0);
  EXPECT_EQ(ParseStrictJson("1e-400").value().as_double(), 0.0);
}

TEST(StrictJsonTest, RefusesNumbersOutsideTheRangeOfADouble) {
  EXPECT_EQ(MessageOf("{\"t\":1e400}"),
            "line 1, column 11, at t: number outside the range of a double");
  EXPECT_NE(MessageOf("-1e400"), "accepted");
  EXPECT_NE(MessageOf("1e99999999999999"), "accepted");
  EXPECT_OK(ParseStrictJson("1.7976931348623157e308"));
}

TEST(StrictJsonTest, KeepsEachLimitOnBothSides) {
  JsonLimits limits;
  limits.max_bytes = 20;
  limits.max_depth = 2;
  limits.max_string_bytes = 3;
  limits.max_elements = 3;
  EXPECT_OK(ParseStrictJson("[[]]", limits));
  EXPECT_EQ(MessageOf("[[[]]]", limits), "line 1, column 3, at [0][0]: nested too deeply");
  EXPECT_OK(ParseStrictJson("\"a\\u0041c\"", limits));
  EXPECT_NE(MessageOf("\"abcd\"", limits).find("string too long"), std::string::npos);
  EXPECT_NE(MessageOf("{\"abcd\":1}", limits).find("string too long"), std::string::npos);
  EXPECT_OK(ParseStrictJson("[1,[2]]", limits));
  EXPECT_NE(MessageOf("[1,[2,3]]", limits).find("too many elements"), std::string::npos);
  EXPECT_NE(MessageOf("[[],[],[],[]]", limits).find("too many elements"), std::string::npos);
  EXPECT_OK(ParseStrictJson(std::string(19, ' ') + "1", limits));
  EXPECT_EQ(MessageOf(std::string(20, ' ') + "1", limits),
            "the text has 21 bytes, over the limit of 20");
}

TEST(StrictJsonTest, RefusesTrailingBytesCommentsAndByteOrderMarks) {
  EXPECT_NE(MessageOf("{} x").find("line 1, column 4"), std::string::npos);
  EXPECT_NE(MessageOf("{}/**/"), "accepted");
  EXPECT_NE(MessageOf("\xEF\xBB\xBF{}"), "accepted");
  EXPECT_NE(MessageOf(std::string_view("{}\0", 3)), "accepted");
  EXPECT_EQ(MessageOf("[1,"), "line 1, column 4, at [1]: the text ends too early");
}

TEST(StrictJsonTest, NeverShowsContentAndEscapesKeys) {
  const std::string message = MessageOf("{\"\\u001b[2J\":\"secret\\q\"}");
  EXPECT_EQ(message.find('\x1b'), std::string::npos) << message;
  EXPECT_EQ(message.find("secret"), std::string::npos) << message;
}

}  // namespace
}  // namespace secai
