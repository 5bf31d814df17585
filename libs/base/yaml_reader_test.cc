#include "base/yaml_reader.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"

namespace secai {
namespace {

enum class Color { kRed, kGreen };

struct Settings {
  bool is_on = false;
  std::int64_t count = 7;
  double rate = 0.5;
  std::string name = "none";
  std::vector<std::string> hosts;
  Color color = Color::kRed;
};

Result<Settings> Read(std::string_view text) {
  TRY_ASSIGN(const YamlNode node, ParseStrictYaml(text, "p.yaml"));
  YamlReader root(node, "p.yaml");
  YamlReader room = root.Child("room");
  Settings settings;
  room.Bool("enabled", &settings.is_on);
  room.Int("count", 1, 9, &settings.count);
  room.Number("rate", 0, 1, &settings.rate);
  room.String("name", 4, &settings.name);
  room.Strings("hosts", 2, 5, &settings.hosts);
  room.Word<Color>("color", {{"red", Color::kRed}, {"green", Color::kGreen}}, &settings.color);
  TRY(room.Finish());
  TRY(root.Finish());
  return settings;
}

std::string MessageOf(std::string_view text) {
  const auto result = Read(text);
  return result.has_value() ? "accepted" : result.error().message;
}

TEST(YamlReaderTest, KeepsDefaultsForAbsentKeys) {
  for (const char* text : {"", "room:\n", "room: {}\n"}) {
    ASSERT_OK_AND_ASSIGN(const auto settings, Read(text));
    EXPECT_EQ(settings.count, 7);
    EXPECT_EQ(settings.name, "none");
  }
}

TEST(YamlReaderTest, ReadsEachKind) {
  ASSERT_OK_AND_ASSIGN(
      const auto settings,
      Read("room: {enabled: true, count: 9, rate: 1, name: abcd, hosts: [a, b], color: green}"));
  EXPECT_TRUE(settings.is_on);
  EXPECT_EQ(settings.count, 9);
  EXPECT_EQ(settings.rate, 1.0);
  EXPECT_EQ(settings.name, "abcd");
  EXPECT_EQ(settings.hosts, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(settings.color, Color::kGreen);
}

TEST(YamlReaderTest, NamesPlaceAndNearestKey) {
  EXPECT_EQ(MessageOf("room:\n  enabeld: true\n"),
            "p.yaml:2:3: room.enabeld: unknown key; meant enabled?");
  EXPECT_EQ(MessageOf("room:\n  zzzzzzzz: true\n"), "p.yaml:2:3: room.zzzzzzzz: unknown key");
  EXPECT_EQ(MessageOf("rom: {}\n"), "p.yaml:1:1: rom: unknown key; meant room?");
}

TEST(YamlReaderTest, RefusesOtherKindsAndWhatIsOutOfRange) {
  EXPECT_EQ(MessageOf("room: {enabled: yes}"), "p.yaml:1:8: room.enabled: true or false is needed");
  EXPECT_EQ(MessageOf("room: {count: 10}"), "p.yaml:1:8: room.count: must be 1 to 9");
  EXPECT_EQ(MessageOf("room: {count: 0}"), "p.yaml:1:8: room.count: must be 1 to 9");
  EXPECT_EQ(MessageOf("room: {count: 1.5}"), "p.yaml:1:8: room.count: a whole number is needed");
  EXPECT_EQ(MessageOf("room: {rate: 1.1}"), "p.yaml:1:8: room.rate: must be 0 to 1");
  EXPECT_EQ(MessageOf("room: {name: abcde}"), "p.yaml:1:8: room.name: longer than 4 bytes");
  EXPECT_EQ(MessageOf("room: {name: 12}"),
            "p.yaml:1:8: room.name: text is needed (numbers and true/false in quotes)");
  EXPECT_EQ(MessageOf("room: {hosts: [a, true]}"),
            "p.yaml:1:19: room.hosts[1]: text is needed (numbers and true/false in quotes)");
  EXPECT_EQ(MessageOf("room: {hosts: [a, b, c]}"), "p.yaml:1:8: room.hosts: more than 2 items");
  EXPECT_EQ(MessageOf("room: {hosts: a}"), "p.yaml:1:8: room.hosts: a list is needed");
  EXPECT_EQ(MessageOf("room: {color: blue}"), "p.yaml:1:8: room.color: must be one of red, green");
  EXPECT_EQ(MessageOf("room: [1]"), "p.yaml:1:7: room: keys with values are needed here");
  EXPECT_EQ(MessageOf("[1]"), "p.yaml:1:1: keys with values are needed here");
}

TEST(YamlReaderTest, ReportsTheFirstError) {
  EXPECT_EQ(MessageOf("room: {count: x, enabled: 1}"),
            "p.yaml:1:18: room.enabled: true or false is needed");
}

}  // namespace
}  // namespace secai
