#include "service/arguments.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace secai::service {
namespace {

Result<Arguments> Parse(std::vector<std::string> words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size());
  for (std::string& word : words) pointers.push_back(word.data());
  return ParseArguments(pointers);
}

TEST(ArgumentsTest, ReadsPairs) {
  const auto arguments = Parse({"--root", "/a b", "--owner-uids", "0,1000"});
  ASSERT_TRUE(arguments.has_value()) << arguments.error().message;
  EXPECT_EQ(arguments->Value("root"), "/a b");
  EXPECT_EQ(arguments->Value("owner-uids"), "0,1000");
  EXPECT_EQ(arguments->Value("port"), "");
  EXPECT_FALSE(arguments->wants_version);
}

TEST(ArgumentsTest, AValueMayLookLikeAName) {
  const auto arguments = Parse({"--root", "--port"});
  ASSERT_TRUE(arguments.has_value());
  EXPECT_EQ(arguments->Value("root"), "--port");
}

TEST(ArgumentsTest, RefusesWhatIsNoPair) {
  EXPECT_FALSE(Parse({"root"}).has_value());
  EXPECT_FALSE(Parse({"--root"}).has_value());
  EXPECT_FALSE(Parse({"--"}).has_value());
  EXPECT_FALSE(Parse({"-r", "/"}).has_value());
  EXPECT_FALSE(Parse({"--Root", "/"}).has_value());
  EXPECT_FALSE(Parse({"--root", "/a", "--root", "/b"}).has_value());
}

TEST(ArgumentsTest, KnowsTheTwoWordsWithoutAValue) {
  EXPECT_TRUE(Parse({"--version"})->wants_version);
  EXPECT_TRUE(Parse({"--help"})->wants_help);
}

}  // namespace
}  // namespace secai::service
