#include "base/hex.h"

#include <fmt/format.h>

namespace secai {
namespace {

// The value of one digit, or -1.
int DigitValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string ToHex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

Result<std::vector<std::uint8_t>> FromHex(std::string_view text) {
  std::vector<std::uint8_t> bytes(text.size() / 2);
  TRY(FromHexInto(text, bytes));
  return bytes;
}

Result<> FromHexInto(std::string_view text, std::span<std::uint8_t> bytes) {
  if (text.size() != bytes.size() * 2) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} hex digits are needed, not {}", bytes.size() * 2, text.size()));
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = DigitValue(text[2 * i]);
    const int low = DigitValue(text[2 * i + 1]);
    if (high < 0 || low < 0) {
      return Fail(ErrorCode::kInvalidArgument, "only the digits 0-9 and a-f may stand in hex");
    }
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return Ok();
}

}  // namespace secai
