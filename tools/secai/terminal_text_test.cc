#include "secai/terminal_text.h"

#include <string>

#include <gtest/gtest.h>

namespace secai::cli {
namespace {

std::string Safe(std::string_view bytes) {
  TerminalText text;
  std::string safe = text.Push(bytes);
  return safe + text.Finish();
}

TEST(TerminalTextTest, KeepsLinesTabsAndEveryScript) {
  EXPECT_EQ(Safe("a\tb\n\u00e4\u4f60\U0001F600"), "a\tb\n\u00e4\u4f60\U0001F600");
}

TEST(TerminalTextTest, ShowsWhatWouldCommandATerminal) {
  EXPECT_EQ(Safe("\x1b[2J"), "\\u{1b}[2J");
  EXPECT_EQ(Safe("\x1b]0;title\x07"), "\\u{1b}]0;title\\u{7}");
  EXPECT_EQ(Safe("a\rb\b"), "a\\u{d}b\\u{8}");
  EXPECT_EQ(Safe("\u009b31m"), "\\u{9b}31m");            // C1 CSI as UTF-8.
  EXPECT_EQ(Safe("\u202egnp.exe"), "\\u{202e}gnp.exe");  // Right-to-left override.
}

TEST(TerminalTextTest, ARawC1ByteIsNotUtf8AndSoNoCommand) {
  EXPECT_EQ(Safe("\x9b"
                 "31m"),
            "\ufffd31m");
}

TEST(TerminalTextTest, ACharacterCutInTwoComesOutWhole) {
  TerminalText text;
  EXPECT_EQ(text.Push("\xe4\xbd"), "");
  EXPECT_EQ(text.Push("\xa0"), "\u4f60");
  EXPECT_EQ(text.Push("\xe4"), "");
  EXPECT_EQ(text.Finish(), "\ufffd");
}

}  // namespace
}  // namespace secai::cli
