#include "base/utf8.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace secai {
namespace {

using std::string_view_literals::operator""sv;

TEST(Utf8Test, AcceptsTheEdgesOfEachLengthAndRefusesWhatIsBeyond) {
  for (const std::string_view text :
       {"\x7F"sv, "\xC2\x80"sv, "\xDF\xBF"sv, "\xE0\xA0\x80"sv, "\xED\x9F\xBF"sv, "\xEE\x80\x80"sv,
        "\xEF\xBF\xBF"sv, "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv, ""sv, "\0"sv}) {
    EXPECT_TRUE(IsValidUtf8(text));
  }
  for (const std::string_view text :
       {"\x80"sv, "\xC1\xBF"sv, "\xC2"sv, "\xE0\x9F\xBF"sv, "\xED\xA0\x80"sv, "\xF0\x8F\xBF\xBF"sv,
        "\xF4\x90\x80\x80"sv, "\xF5\x80\x80\x80"sv, "\xFF"sv, "a\xE2\x82"sv}) {
    EXPECT_FALSE(IsValidUtf8(text));
  }
}

// The example of Unicode 15, table 3-8 (U+FFFD for each maximal subpart).
TEST(Utf8Test, ReplacesEachMaximalSubpartOnce) {
  EXPECT_EQ(ToValidUtf8("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"),
            "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\x41");
  EXPECT_EQ(ToValidUtf8("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Utf8Test, AppendsWhatItReads) {
  std::string text;
  for (const char32_t c : {U'a', U'\u00E9', U'\u20AC', U'\U0001F600'}) AppendUtf8(c, &text);
  EXPECT_EQ(text, "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
}

TEST(Utf8DecoderTest, HoldsBackAnIncompleteCharacterAtEveryCut) {
  const std::string whole = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    Utf8Decoder decoder;
    const std::string first = decoder.Push(whole.substr(0, cut));
    EXPECT_TRUE(IsValidUtf8(first)) << cut;
    EXPECT_EQ(first + decoder.Push(whole.substr(cut)) + decoder.Finish(), whole) << cut;
  }
}

TEST(Utf8DecoderTest, ReplacesWhatNoRestCanComplete) {
  Utf8Decoder decoder;
  EXPECT_EQ(decoder.Push("\xF0\x9F"), "");
  EXPECT_EQ(decoder.Push("x"), "\xEF\xBF\xBDx");
  EXPECT_EQ(decoder.Push("\xF0"), "");
  EXPECT_EQ(decoder.Finish(), "\xEF\xBF\xBD");
  EXPECT_EQ(decoder.Finish(), "");
}

TEST(EscapeForDisplayTest, ShowsControlBidiAndBrokenBytes) {
  EXPECT_EQ(EscapeForDisplay("a\x1b[2J\n\xC2\x9b"), "a\\u{1b}[2J\\u{a}\\u{9b}");
  EXPECT_EQ(EscapeForDisplay("\xE2\x80\xAE"
                             "fdp\xEF\xBB\xBF"),
            "\\u{202e}fdp\\u{feff}");
  EXPECT_EQ(EscapeForDisplay("\xFFz\xE2\x82"), "\\xffz\\xe2\\x82");
  EXPECT_EQ(EscapeForDisplay("gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80"),
            "gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80");
}

TEST(EscapeForDisplayTest, StopsAtTheLimitWithoutCuttingACharacter) {
  EXPECT_EQ(EscapeForDisplay("abc", 3), "abc");
  EXPECT_EQ(EscapeForDisplay("abcd", 3), "abc...");
  EXPECT_EQ(EscapeForDisplay("ab\xE2\x82\xAC", 4), "ab...");
}

}  // namespace
}  // namespace secai
