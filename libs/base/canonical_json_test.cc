#include "base/canonical_json.h"

#include <bit>
#include <cstdint>
#include <limits>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "base/strict_json.h"
#include "base/testing/result_matchers.h"

namespace secai {
namespace {

using testing::FailsWith;

std::string Canonical(std::string_view text) {
  return CanonicalJson(ParseStrictJson(text).value()).value();
}

// RFC 8785 section 3.2.2 and 3.2.3: the example of the standard.
TEST(CanonicalJsonTest, AgreesWithTheExampleOfTheStandard) {
  EXPECT_EQ(Canonical(R"({"numbers": [333333333.33333329, 1E30, 4.50, 2e-3,
                          0.000000000000000000000000001],
                          "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
                          "literals": [null, true, false]})"),
            "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
            "\"string\":\"\xE2\x82\xAC$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

TEST(CanonicalJsonTest, SortsMembersByUtf16CodeUnits) {
  EXPECT_EQ(
      Canonical(R"({"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7})"),
      "{\"\\r\":2,\"1\":4,\"\xC2\x80\":6,\"\xC3\xB6\":7,\"\xE2\x82\xAC\":1,"
      "\"\xF0\x9F\x98\x80\":5,\"\xEF\xAC\xB3\":3}");
}

// RFC 8785 appendix B.
TEST(CanonicalJsonTest, WritesNumbersAsEcmascriptDoes) {
  const std::pair<std::uint64_t, const char*> cases[] = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0xffefffffffffffff, "-1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555556, "333333333.3333334"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"},
  };
  for (const auto& [bits, text] : cases) {
    EXPECT_EQ(CanonicalJson(boost::json::value(std::bit_cast<double>(bits))).value(), text);
  }
}

TEST(CanonicalJsonTest, RefusesWhatHasNoSingleText) {
  constexpr ErrorCode kBad = ErrorCode::kInvalidArgument;
  EXPECT_TRUE(FailsWith(CanonicalJson(std::numeric_limits<double>::infinity()), kBad));
  EXPECT_TRUE(FailsWith(CanonicalJson("\xFF"), kBad));
  EXPECT_OK(CanonicalJson(std::int64_t{1} << 53));
  EXPECT_TRUE(FailsWith(CanonicalJson((std::int64_t{1} << 53) + 1), kBad));
  EXPECT_TRUE(FailsWith(CanonicalJson(std::numeric_limits<std::int64_t>::min()), kBad));
  EXPECT_TRUE(FailsWith(CanonicalJson(std::numeric_limits<std::uint64_t>::max()), kBad));
}

}  // namespace
}  // namespace secai
