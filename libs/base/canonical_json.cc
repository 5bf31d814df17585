#include "base/canonical_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "base/utf8.h"

namespace secai {
namespace {

namespace json = boost::json;

constexpr int kMaxDepth = 64;
constexpr std::int64_t kMaxExactInteger = std::int64_t{1} << 53;

// UTF-8 as UTF-16 code units, which is what RFC 8785 section 3.2.3 sorts by.
std::u16string ToUtf16(std::string_view text) {
  std::u16string units;
  while (!text.empty()) {
    const Utf8Step step = NextUtf8(text);
    if (step.code_point >= 0x10000) {
      const char32_t rest = step.code_point - 0x10000;
      units.push_back(static_cast<char16_t>(0xD800U + (rest >> 10U)));
      units.push_back(static_cast<char16_t>(0xDC00U + (rest & 0x3FFU)));
    } else {
      units.push_back(static_cast<char16_t>(step.code_point));
    }
    text.remove_prefix(std::max<std::size_t>(step.bytes, 1));
  }
  return units;
}

// RFC 8785 section 3.2.2.2.
Result<> WriteString(std::string_view text, std::string* out) {
  if (!IsValidUtf8(text)) return Fail(ErrorCode::kInvalidArgument, "a string is not UTF-8");
  out->push_back('"');
  for (const char c : text) {
    switch (c) {
      case '"':
        *out += "\\\"";
        break;
      case '\\':
        *out += "\\\\";
        break;
      case '\b':
        *out += "\\b";
        break;
      case '\f':
        *out += "\\f";
        break;
      case '\n':
        *out += "\\n";
        break;
      case '\r':
        *out += "\\r";
        break;
      case '\t':
        *out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          *out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out->push_back(c);
        }
    }
  }
  out->push_back('"');
  return Ok();
}

// ECMA-262 Number::toString: the shortest digits that read back, then its own rules for the point.
Result<> WriteDouble(double value, std::string* out) {
  if (!std::isfinite(value)) return Fail(ErrorCode::kInvalidArgument, "a number is not finite");
  if (value == 0) {
    out->push_back('0');
    return Ok();
  }
  if (value < 0) out->push_back('-');
  std::array<char, 32> buffer = {};
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::fabs(value),
                                     std::chars_format::scientific);
  // "d.ddde+XX": the digits without the point, and the place of the point counted from the left.
  const std::string_view text(buffer.data(), written.ptr);
  const std::size_t e = text.find('e');
  std::string digits(text.substr(0, 1));
  if (e > 2) digits += text.substr(2, e - 2);
  int exponent = 0;
  const std::size_t sign = text[e + 1] == '+' ? e + 2 : e + 1;
  std::from_chars(text.data() + sign, text.data() + text.size(), exponent);
  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;
  if (count <= point && point <= 21) {
    *out += digits + std::string(static_cast<std::size_t>(point - count), '0');
  } else if (0 < point && point <= 21) {
    *out += digits.insert(static_cast<std::size_t>(point), 1, '.');
  } else if (-6 < point && point <= 0) {
    *out += "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  } else {
    if (count > 1) digits.insert(1, 1, '.');
    *out += fmt::format("{}e{}{}", digits, exponent < 0 ? '-' : '+', std::abs(exponent));
  }
  return Ok();
}

Result<> Write(const json::value& value, int depth, std::string* out);

Result<> WriteObject(const json::object& object, int depth, std::string* out) {
  std::vector<std::pair<std::u16string, const json::key_value_pair*>> members;
  members.reserve(object.size());
  for (const json::key_value_pair& member : object) {
    members.emplace_back(ToUtf16({member.key().data(), member.key().size()}), &member);
  }
  std::sort(members.begin(), members.end());
  out->push_back('{');
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i > 0) out->push_back(',');
    const json::key_value_pair& member = *members[i].second;
    TRY(WriteString({member.key().data(), member.key().size()}, out));
    out->push_back(':');
    TRY(Write(member.value(), depth + 1, out));
  }
  out->push_back('}');
  return Ok();
}

Result<> Write(const json::value& value, int depth, std::string* out) {
  if (depth > kMaxDepth) return Fail(ErrorCode::kInvalidArgument, "nested too deeply");
  switch (value.kind()) {
    case json::kind::null:
      *out += "null";
      return Ok();
    case json::kind::bool_:
      *out += value.get_bool() ? "true" : "false";
      return Ok();
    case json::kind::int64:
      if (value.get_int64() > kMaxExactInteger || value.get_int64() < -kMaxExactInteger) break;
      *out += std::to_string(value.get_int64());
      return Ok();
    case json::kind::uint64:
      if (value.get_uint64() > static_cast<std::uint64_t>(kMaxExactInteger)) break;
      *out += std::to_string(value.get_uint64());
      return Ok();
    case json::kind::double_:
      return WriteDouble(value.get_double(), out);
    case json::kind::string:
      return WriteString({value.get_string().data(), value.get_string().size()}, out);
    case json::kind::array: {
      out->push_back('[');
      bool is_first = true;
      for (const json::value& item : value.get_array()) {
        if (!is_first) out->push_back(',');
        is_first = false;
        TRY(Write(item, depth + 1, out));
      }
      out->push_back(']');
      return Ok();
    }
    case json::kind::object:
      return WriteObject(value.get_object(), depth, out);
  }
  return Fail(ErrorCode::kInvalidArgument, "an integer is beyond 2^53");
}

}  // namespace

Result<std::string> CanonicalJson(const json::value& value) {
  std::string text;
  TRY(Write(value, 0, &text));
  return text;
}

}  // namespace secai
