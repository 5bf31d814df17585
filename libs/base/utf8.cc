#include "base/utf8.h"

#include <fmt/format.h>

namespace secai {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::uint8_t ByteAt(std::string_view bytes, std::size_t index) {
  return static_cast<std::uint8_t>(bytes[index]);
}

bool IsBetween(char32_t value, char32_t low, char32_t high) {
  return value >= low && value <= high;
}

}  // namespace

Utf8Step NextUtf8(std::string_view bytes) {
  using Kind = Utf8Step::Kind;
  if (bytes.empty()) return {Kind::kIncomplete, 0, 0};
  const std::uint8_t first = ByteAt(bytes, 0);
  if (first < 0x80) return {Kind::kValid, first, 1};
  // Table 3-7 of Unicode 15: the second byte has a narrower range after E0, ED, F0 and F4.
  std::size_t length = 0;
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xBF;
  char32_t code_point = 0;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
    code_point = first & 0x1FU;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    code_point = first & 0x0FU;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    code_point = first & 0x07U;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  } else {
    return {Kind::kInvalid, 0, 1};
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (i == bytes.size()) return {Kind::kIncomplete, 0, i};
    const std::uint8_t next = ByteAt(bytes, i);
    if (next < low || next > high) return {Kind::kInvalid, 0, i};
    code_point = (code_point << 6U) | (next & 0x3FU);
    low = 0x80;
    high = 0xBF;
  }
  return {Kind::kValid, code_point, length};
}

bool IsValidUtf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const Utf8Step step = NextUtf8(bytes);
    if (step.kind != Utf8Step::Kind::kValid) return false;
    bytes.remove_prefix(step.bytes);
  }
  return true;
}

std::string ToValidUtf8(std::string_view bytes) {
  Utf8Decoder decoder;
  std::string text = decoder.Push(bytes);
  return text += decoder.Finish();
}

void AppendUtf8(char32_t code_point, std::string* text) {
  const auto put = [text](char32_t byte) { text->push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0U | (code_point >> 6U));
    put(0x80U | (code_point & 0x3FU));
  } else if (code_point < 0x10000) {
    put(0xE0U | (code_point >> 12U));
    put(0x80U | ((code_point >> 6U) & 0x3FU));
    put(0x80U | (code_point & 0x3FU));
  } else {
    put(0xF0U | (code_point >> 18U));
    put(0x80U | ((code_point >> 12U) & 0x3FU));
    put(0x80U | ((code_point >> 6U) & 0x3FU));
    put(0x80U | (code_point & 0x3FU));
  }
}

std::string Utf8Decoder::Push(std::string_view bytes) {
  std::string joined;
  if (!held_.empty()) {
    joined = held_;
    joined += bytes;
    bytes = joined;
    held_.clear();
  }
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const Utf8Step step = NextUtf8(bytes);
    if (step.kind == Utf8Step::Kind::kIncomplete) {
      held_ = bytes;
      break;
    }
    text += step.kind == Utf8Step::Kind::kValid ? bytes.substr(0, step.bytes) : kReplacement;
    bytes.remove_prefix(step.bytes);
  }
  return text;
}

std::string Utf8Decoder::Finish() {
  const bool is_cut = !held_.empty();
  held_.clear();
  return std::string(is_cut ? kReplacement : std::string_view());
}

bool IsHiddenOrControl(char32_t code_point) {
  return code_point < 0x20 || IsBetween(code_point, 0x7F, 0x9F) || code_point == 0xAD ||
         code_point == 0x034F || code_point == 0x061C || IsBetween(code_point, 0x115F, 0x1160) ||
         IsBetween(code_point, 0x17B4, 0x17B5) || IsBetween(code_point, 0x180B, 0x180F) ||
         IsBetween(code_point, 0x200B, 0x200F) || IsBetween(code_point, 0x2028, 0x202E) ||
         IsBetween(code_point, 0x2060, 0x206F) || code_point == 0x3164 || code_point == 0xFEFF ||
         code_point == 0xFFA0 || IsBetween(code_point, 0xFFF0, 0xFFFB) ||
         IsBetween(code_point, 0x1D173, 0x1D17A) || IsBetween(code_point, 0xE0000, 0xE0FFF);
}

std::string EscapeForDisplay(std::string_view bytes, std::size_t max_bytes) {
  std::string text;
  while (!bytes.empty()) {
    const Utf8Step step = NextUtf8(bytes);
    std::string piece;
    if (step.kind == Utf8Step::Kind::kValid) {
      piece = IsHiddenOrControl(step.code_point)
                  ? fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(step.code_point))
                  : std::string(bytes.substr(0, step.bytes));
    } else {
      for (std::size_t i = 0; i < step.bytes; ++i) {
        piece += fmt::format("\\x{:02x}", ByteAt(bytes, i));
      }
    }
    if (text.size() + piece.size() > max_bytes) return text += "...";
    text += piece;
    bytes.remove_prefix(step.bytes);
  }
  return text;
}

}  // namespace secai
