#include "base/strict_yaml.h"

#include <string>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"

namespace secai {
namespace {

using Kind = YamlNode::Kind;

std::string MessageOf(std::string_view text, const YamlLimits& limits = {}) {
  const auto result = ParseStrictYaml(text, "p.yaml", limits);
  return result.has_value() ? "accepted" : result.error().message;
}

YamlNode Parse(std::string_view text) { return ParseStrictYaml(text, "p.yaml").value(); }

TEST(StrictYamlTest, KeepsValuesAndPlaces) {
  const YamlNode root = Parse("# comment\na: 1\nb:\n  - x\n  - {c: true, d: \"y\"}\n");
  ASSERT_EQ(root.kind, Kind::kMapping);
  ASSERT_EQ(root.members.size(), 2U);
  EXPECT_EQ(root.members[0].key, "a");
  EXPECT_EQ(root.members[0].value.integer, 1);
  EXPECT_EQ(root.members[1].line, 3);
  EXPECT_EQ(root.members[1].column, 1);
  const YamlNode& list = root.members[1].value;
  ASSERT_EQ(list.items.size(), 2U);
  EXPECT_EQ(list.items[0].text, "x");
  EXPECT_EQ(list.items[0].line, 4);
  EXPECT_EQ(list.items[0].column, 5);
  EXPECT_TRUE(list.items[1].members[0].value.boolean);
  EXPECT_EQ(list.items[1].members[1].key, "d");
  EXPECT_EQ(list.items[1].members[1].column, 15);
}

TEST(StrictYamlTest, ResolvesPlainScalarsOnly) {
  const std::pair<const char*, Kind> cases[] = {
      {"~", Kind::kNull},       {"null", Kind::kNull},    {"true", Kind::kBool},
      {"yes", Kind::kString},   {"True", Kind::kString},  {"on", Kind::kString},
      {"-12", Kind::kInteger},  {"+7", Kind::kInteger},   {"0.3", Kind::kNumber},
      {"1e3", Kind::kNumber},   {"0x10", Kind::kString},  {".inf", Kind::kString},
      {"1.2.3", Kind::kString}, {"1-2", Kind::kString},   {"\"true\"", Kind::kString},
      {"'1'", Kind::kString},   {"1e999", Kind::kString}, {"99999999999999999999", Kind::kString},
  };
  for (const auto& [text, kind] : cases) EXPECT_EQ(Parse(text).kind, kind) << text;
  EXPECT_EQ(Parse("").kind, Kind::kNull);
  EXPECT_EQ(Parse("# only a comment\n").kind, Kind::kNull);
}

TEST(StrictYamlTest, NamesThePlaceOfADuplicateKey) {
  EXPECT_EQ(MessageOf("a:\n  b: 1\n  \"b\": 2\n"), "p.yaml:3:3: duplicate key");
}

TEST(StrictYamlTest, RefusesWhatMakesATextMeanMoreThanItShows) {
  EXPECT_NE(MessageOf("a: &x 1\n").find("an anchor (&) is not allowed"), std::string::npos);
  EXPECT_NE(MessageOf("a: *x\n"), "accepted");
  EXPECT_NE(MessageOf("a: !!str 1\n").find("a tag (!) is not allowed"), std::string::npos);
  EXPECT_NE(MessageOf("- !x [1]\n").find("a tag (!) is not allowed"), std::string::npos);
  EXPECT_NE(MessageOf("? [a]\n: 1\n").find("a key must be a word"), std::string::npos);
  EXPECT_NE(MessageOf("%YAML 1.2\n---\na: 1\n").find("a directive"), std::string::npos);
  EXPECT_NE(MessageOf("a: 1\n---\nb: 2\n").find("a second document"), std::string::npos);
  EXPECT_NE(MessageOf("\xEF\xBB\xBF"
                      "a: 1\n")
                .find("byte-order mark"),
            std::string::npos);
  EXPECT_NE(MessageOf("a: \xFF\n").find("not UTF-8"), std::string::npos);
  EXPECT_NE(MessageOf(std::string_view("a: \0\n", 5)).find("NUL"), std::string::npos);
}

TEST(StrictYamlTest, NamesThePlaceOfASyntaxError) {
  EXPECT_TRUE(MessageOf("a: 1\nb: [1, 2\n").starts_with("p.yaml:"))
      << MessageOf("a: 1\nb: [1, 2\n");
  EXPECT_NE(MessageOf("a: 1\n\tb: 2\n"), "accepted");
  EXPECT_NE(MessageOf("a: b: c\n"), "accepted");
  EXPECT_NE(MessageOf("a: \"x\n"), "accepted");
  EXPECT_NE(MessageOf("{a: 1"), "accepted");
}

TEST(StrictYamlTest, KeepsEachLimitOnBothSides) {
  YamlLimits limits;
  limits.max_depth = 2;
  EXPECT_EQ(MessageOf("[[1]]", limits), "accepted");
  EXPECT_EQ(MessageOf("[[[1]]]", limits), "p.yaml:1:4: nested too deeply");
  limits = {};
  limits.max_nodes = 3;
  EXPECT_EQ(MessageOf("[1,2]", limits), "accepted");
  EXPECT_EQ(MessageOf("[1,2,3]", limits), "p.yaml:1:6: too many values");
  limits = {};
  limits.max_bytes = 4;
  EXPECT_EQ(MessageOf("abcd", limits), "accepted");
  EXPECT_EQ(MessageOf("abcde", limits), "p.yaml:1:1: 5 bytes, over the limit of 4");
  EXPECT_NE(MessageOf(std::string(100'000, '[')), "accepted");
}

}  // namespace
}  // namespace secai
