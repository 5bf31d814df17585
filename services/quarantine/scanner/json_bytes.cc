#include "quarantine/scanner/json_bytes.h"

#include <algorithm>

#include "base/utf8.h"

namespace secai::quarantine {

int JsonBytes::Peek() {
  if (is_refused_) return -1;
  if (piece_.empty()) {
    if (left_ == 0) return -1;
    const auto taken = stream_->Take(left_);
    if (!taken.has_value()) {
      findings_->Add("F-1", {.offset = stream_->position()}, taken.error().message);
      is_refused_ = true;
      return -1;
    }
    piece_ = *taken;
    left_ -= piece_.size();
  }
  return piece_.front();
}

void JsonBytes::Drop() { piece_ = piece_.subspan(1); }

bool JsonBytes::Refuse(std::string_view rule, std::string_view reason, std::string_view tensor) {
  if (!is_refused_) findings_->Add(rule, {.offset = position(), .tensor = tensor}, reason);
  is_refused_ = true;
  return false;
}

void JsonBytes::SkipSpace() {
  while (true) {
    const int c = Peek();
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') return;
    Drop();
  }
}

bool JsonBytes::Expect(char wanted) {
  SkipSpace();
  if (Peek() != static_cast<unsigned char>(wanted)) {
    return Refuse("S-J2", std::string("expected ") + wanted);
  }
  Drop();
  return true;
}

bool JsonBytes::HexQuad(std::uint32_t* value) {
  *value = 0;
  for (int i = 0; i < 4; ++i) {
    const int c = Peek();
    std::uint32_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<std::uint32_t>(c - '0');
    } else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) {
      digit = static_cast<std::uint32_t>((c | 0x20) - 'a' + 10);
    } else {
      return Refuse("S-J2", "a \\u escape without four hex digits");
    }
    *value = *value << 4 | digit;
    Drop();
  }
  return true;
}

bool JsonBytes::Escape(std::string* text) {
  const int c = Peek();
  constexpr std::string_view kNames = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (c >= 0 && c < 0x80) {
    if (const std::size_t at = kNames.find(static_cast<char>(c)); at != std::string_view::npos) {
      Drop();
      *text += kMeanings[at];
      return true;
    }
  }
  if (c != 'u') return Refuse("S-J2", "an unknown escape");
  Drop();
  std::uint32_t unit = 0;
  if (!HexQuad(&unit)) return false;
  if (unit == 0) return Refuse("S-J7", "a NUL in a string");
  if (unit >= 0xdc00 && unit <= 0xdfff) return Refuse("S-J7", "a lone surrogate");
  char32_t code_point = unit;
  if (unit >= 0xd800 && unit <= 0xdbff) {
    std::uint32_t low = 0;
    if (Peek() != '\\') return Refuse("S-J7", "a lone surrogate");
    Drop();
    if (Peek() != 'u') return Refuse("S-J7", "a lone surrogate");
    Drop();
    if (!HexQuad(&low)) return false;
    if (low < 0xdc00 || low > 0xdfff) return Refuse("S-J7", "a lone surrogate");
    code_point = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
  }
  AppendUtf8(code_point, text);
  return true;
}

bool JsonBytes::String(std::string_view rule, std::size_t max_bytes, std::string* text) {
  text->clear();
  if (!Expect('"')) return false;
  while (true) {
    const int c = Peek();
    if (c < 0) return Refuse("S-J2", "a string without an end");
    if (c == '"') break;
    if (c < 0x20) return Refuse("S-J2", "a control character in a string");
    Drop();
    if (c != '\\') {
      *text += static_cast<char>(c);
    } else if (!Escape(text)) {
      return false;
    }
    if (text->size() > max_bytes) {
      return Refuse(rule, "a string of more than " + std::to_string(max_bytes) + " bytes");
    }
  }
  Drop();
  if (!IsValidUtf8(*text)) return Refuse("S-J1", "a string that is not UTF-8");
  return true;
}

bool JsonBytes::Integer(std::string_view rule, std::uint64_t max, std::uint64_t* value) {
  SkipSpace();
  *value = 0;
  int digits = 0;
  bool has_leading_zero = false;
  for (int c = Peek(); c >= '0' && c <= '9'; c = Peek()) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    has_leading_zero = has_leading_zero || (digits == 1 && *value == 0);
    if (*value > (max - digit) / 10) return Refuse(rule, "a number over " + std::to_string(max));
    *value = *value * 10 + digit;
    ++digits;
    Drop();
  }
  const int next = Peek();
  const bool is_end =
      next == ',' || next == ']' || next == ' ' || next == '\t' || next == '\n' || next == '\r';
  if (digits == 0 || has_leading_zero || !is_end) {
    return Refuse(rule, "not a plain integer");
  }
  return true;
}

bool JsonBytes::ExpectPadding() {
  for (int c = Peek(); c >= 0; c = Peek()) {
    if (c != ' ') return Refuse("S-J4", "something other than spaces follows the header's object");
    Drop();
  }
  return !is_refused_;
}

}  // namespace secai::quarantine
