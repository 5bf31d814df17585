#include "base/base64.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"

namespace secai {
namespace {

using testing::FailsWith;

std::vector<std::uint8_t> Bytes(std::string_view text) { return {text.begin(), text.end()}; }

// The vectors of RFC 4648 section 10.
TEST(Base64Test, AgreesWithTheStandard) {
  const std::pair<std::string_view, std::string_view> cases[] = {{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : cases) {
    EXPECT_EQ(ToBase64(Bytes(plain)), coded);
    EXPECT_EQ(FromBase64(coded).value(), Bytes(plain));
  }
}

TEST(Base64Test, RefusesEveryOtherText) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zm9v\n",
                           "Zm9v Zm9", "Zg==Zg==", "Zm9-", "Z g="}) {
    EXPECT_TRUE(FailsWith(FromBase64(text), ErrorCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace secai
