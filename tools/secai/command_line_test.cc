#include "secai/command_line.h"

#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace secai::cli {
namespace {

using Words = std::vector<std::string>;

ParsedCommandLine Parse(Words words) { return ParseCommandLine(std::move(words), "/default"); }

// A command line that fills every positional argument of the row.
Words Shortest(const Command& command) {
  Words words;
  if (!command.group.empty()) words.emplace_back(command.group);
  words.emplace_back(command.name);
  for (int i = 0; i < command.min_words; ++i) words.emplace_back("word");
  return words;
}

TEST(CommandLineTest, EveryRowOfTheTableCanBeCalled) {
  for (const Command& command : Commands()) {
    const ParsedCommandLine parsed = Parse(Shortest(command));
    EXPECT_EQ(parsed.command, &command) << command.group << " " << command.name << parsed.text;
    EXPECT_EQ(parsed.invocation.words.size(), static_cast<std::size_t>(command.min_words));
  }
}

TEST(CommandLineTest, EveryOptionOfTheTableIsKnown) {
  for (const Command& command : Commands()) {
    Words words = Shortest(command);
    words.emplace_back("--help");
    const ParsedCommandLine parsed = Parse(words);
    EXPECT_EQ(parsed.exit_code, kExitOk);
    std::istringstream options{std::string(command.options)};
    for (std::string option; options >> option;) {
      EXPECT_NE(parsed.text.find(option), std::string::npos) << command.name << " " << option;
    }
  }
}

TEST(CommandLineTest, RootAndJsonMayStandAnywhere) {
  for (const Words& words : {Words{"--root", "/r", "--json", "models", "list"},
                             Words{"models", "--json", "list", "--root", "/r"},
                             Words{"models", "list", "--json", "--root=/r"}}) {
    const ParsedCommandLine parsed = Parse(words);
    ASSERT_NE(parsed.command, nullptr) << parsed.text;
    EXPECT_EQ(parsed.invocation.root, "/r");
    EXPECT_TRUE(parsed.invocation.wants_json);
  }
}

TEST(CommandLineTest, TheRootBecomesAbsolute) {
  EXPECT_EQ(Parse({"status"}).invocation.root, "/default");
  EXPECT_EQ(Parse({"--root", "/a/../b/", "status"}).invocation.root, "/b");
  EXPECT_TRUE(Parse({"--root", "here", "status"}).invocation.root.ends_with("/here"));
  EXPECT_EQ(ParseCommandLine({"status"}, "").exit_code, kExitUsage);
}

TEST(CommandLineTest, WrongUsageIsExitCodeTwo) {
  for (const Words& words :
       {Words{}, Words{"models"}, Words{"nonsense"}, Words{"status", "word"}, Words{"scan"},
        Words{"models", "import"}, Words{"models", "import", "a", "b"}, Words{"up", "--port", "x"},
        Words{"audit", "tail", "--limit", "0"}, Words{"status", "--bogus"},
        Words{"run", "m", "--temperature", "3"}}) {
    const ParsedCommandLine parsed = Parse(words);
    EXPECT_EQ(parsed.exit_code, kExitUsage);
    EXPECT_EQ(parsed.command, nullptr);
    EXPECT_FALSE(parsed.text.empty());
  }
}

TEST(CommandLineTest, ReadsTheOptionsOfACommand) {
  const ParsedCommandLine parsed = Parse(
      {"run", "tiny", "Say", "hello", "--max-tokens", "7", "--seed", "3", "--temperature", "0"});
  ASSERT_NE(parsed.command, nullptr) << parsed.text;
  EXPECT_EQ(parsed.invocation.words, (Words{"tiny", "Say", "hello"}));
  EXPECT_EQ(parsed.invocation.max_tokens, 7);
  EXPECT_EQ(parsed.invocation.seed, 3U);
  EXPECT_EQ(parsed.invocation.temperature, 0.0);
}

TEST(CommandLineTest, WordsAfterTwoDashesAreNoOptions) {
  EXPECT_EQ(Parse({"run", "tiny", "--", "--help"}).invocation.words, (Words{"tiny", "--help"}));
}

}  // namespace
}  // namespace secai::cli
