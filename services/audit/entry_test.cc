#include "audit/entry.h"

#include <chrono>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"

namespace secai::audit {
namespace {

using testing::FailsWith;

constexpr Clock::TimePoint kTime(std::chrono::milliseconds(1'000'000'000'007));

// The worked example of docs/formats/audit-log.md.
constexpr std::string_view kExample =
    R"({"seq":7,"time":"2001-09-09T01:46:40.007Z","room":"registry","event":"registry.removed",)"
    R"("fields":{"name":"a\u202eb","sha256":"00"}})";

std::string Line(std::uint64_t seq, const boost::json::object& fields) {
  return FormatEntry(seq, FormatEntryRest(kTime, "registry", "registry.removed", fields).value());
}

TEST(EntryTest, IsWrittenAsTheFormatSays) {
  EXPECT_EQ(Line(7, {{"name",
                      "a\xE2\x80\xAE"
                      "b"},
                     {"sha256", "00"}}),
            kExample);
}

TEST(EntryTest, IsReadAsItWasWritten) {
  ASSERT_OK_AND_ASSIGN(const Entry entry, ParseEntry(kExample));
  EXPECT_EQ(entry.seq, 7U);
  EXPECT_EQ(entry.time, kTime);
  EXPECT_EQ(entry.room, "registry");
  EXPECT_EQ(entry.event, "registry.removed");
  EXPECT_EQ(entry.fields.at("name").as_string(),
            "a\xE2\x80\xAE"
            "b");
}

TEST(EntryTest, KeepsHostileTextInOneSafeLine) {
  std::string hostile = "\"},\n{\"seq\":8}\x1b[2J\x7f\r\t\\";
  hostile += '\0';
  hostile += "\xC2\x9B\xF3\xA0\x81\x81";  // CSI of 8 bits, and a tag character.
  const std::string line = Line(7, {{hostile, boost::json::array{hostile}}});
  for (const char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20U);
  EXPECT_EQ(line.find('\x7f'), std::string::npos);
  EXPECT_EQ(line.find("\xC2\x9B"), std::string::npos);
  ASSERT_OK_AND_ASSIGN(const Entry entry, ParseEntry(line));
  EXPECT_EQ(entry.fields.at(hostile).at(0).as_string(), hostile);
}

TEST(EntryTest, KeepsTheSizeLimitOnBothSides) {
  const std::size_t rest =
      FormatEntryRest(kTime, "registry", "registry.removed", {{"x", ""}}).value().size();
  const std::size_t room = kMaxEntryBytes - 8 - 20 - rest;
  const auto format = [](std::size_t size) {
    return FormatEntryRest(kTime, "registry", "registry.removed", {{"x", std::string(size, 'x')}});
  };
  ASSERT_OK_AND_ASSIGN(const std::string largest, format(room));
  const std::string line = FormatEntry(~std::uint64_t{0}, largest);
  EXPECT_EQ(line.size(), kMaxEntryBytes);
  EXPECT_OK(ParseEntry(line));
  EXPECT_TRUE(FailsWith(format(room + 1), ErrorCode::kInvalidArgument, "at most 65536 bytes"));
}

TEST(EntryTest, RefusesEveryOtherLine) {
  for (const char* line :
       {"", "{}", "[]", R"({"seq":7})",
        R"({"seq":0,"time":"2001-09-09T01:46:40.007Z","room":"a","event":"a.b","fields":{}})",
        R"({"seq":1,"time":"2001-09-09","room":"a","event":"a.b","fields":{}})",
        R"({"seq":1,"time":"2001-09-09T01:46:40.007Z","room":"c","event":"a.b","fields":{}})",
        R"({"seq":1,"time":"2001-09-09T01:46:40.007Z","room":"a","event":"a","fields":{}})",
        R"({"seq":1,"time":"2001-09-09T01:46:40.007Z","room":"a","event":"a.b","fields":1})",
        R"({"seq":1,"time":"2001-09-09T01:46:40.007Z","room":"a","event":"a.b","fields":{},"x":1})",
        R"({"seq":1,"time":"2001-09-09T01:46:40.007Z","room":"a","event":"a.b","fields":{}} x)"}) {
    EXPECT_TRUE(FailsWith(ParseEntry(line), ErrorCode::kInvalidArgument)) << line;
  }
}

TEST(EventNameTest, IsTwoWordsAroundOneDot) {
  EXPECT_TRUE(IsEventName("a.b") && IsEventName("quarantine.stage_passed"));
  for (const std::string& name :
       {std::string("a"), std::string(".b"), std::string("a."), std::string("a.b.c"),
        std::string("A.b"), std::string("a b.c"), "a." + std::string(63, 'x')}) {
    EXPECT_FALSE(IsEventName(name)) << name;
  }
  EXPECT_EQ(RoomOf("quarantine.stage_passed"), "quarantine");
}

}  // namespace
}  // namespace secai::audit
