#include "service/passed_descriptors.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace secai::service {
namespace {

using Names = std::vector<std::string>;

TEST(PassedDescriptorsTest, NamesComeInTheOrderOfTheDescriptors) {
  const auto names = ParsePassedNames("3", "control:http4:gateway.sock");
  ASSERT_TRUE(names.has_value()) << names.error().message;
  EXPECT_EQ(*names, (Names{"control", "http4", "gateway.sock"}));
}

TEST(PassedDescriptorsTest, NothingPassedIsAnEmptyList) {
  EXPECT_EQ(*ParsePassedNames(std::nullopt, std::nullopt), Names());
  EXPECT_EQ(*ParsePassedNames("0", ""), Names());
}

TEST(PassedDescriptorsTest, RefusesAListThatDoesNotFit) {
  const std::optional<std::string> none;
  EXPECT_FALSE(ParsePassedNames("2", "control").has_value());
  EXPECT_FALSE(ParsePassedNames("1", "control:http4").has_value());
  EXPECT_FALSE(ParsePassedNames("1", none).has_value());
  EXPECT_FALSE(ParsePassedNames(none, "control").has_value());
  EXPECT_FALSE(ParsePassedNames("33", std::string(32, ':')).has_value());
  EXPECT_FALSE(ParsePassedNames("-1", "").has_value());
  EXPECT_FALSE(ParsePassedNames("1x", "control").has_value());
  EXPECT_FALSE(ParsePassedNames("", "").has_value());
}

TEST(PassedDescriptorsTest, RefusesNamesThatAreNoNames) {
  EXPECT_FALSE(ParsePassedNames("2", "control:").has_value());
  EXPECT_FALSE(ParsePassedNames("2", "control:control").has_value());
  EXPECT_FALSE(ParsePassedNames("1", "Control").has_value());
  EXPECT_FALSE(ParsePassedNames("1", "con/trol").has_value());
}

TEST(PassedDescriptorsTest, ANameThatWasNotPassedIsNotFound) {
  PassedDescriptors passed;
  const auto fd = passed.Take("http4");
  ASSERT_FALSE(fd.has_value());
  EXPECT_EQ(fd.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(passed.Peek("http4"), -1);
}

}  // namespace
}  // namespace secai::service
