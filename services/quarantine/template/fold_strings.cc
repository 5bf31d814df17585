#include "quarantine/template/fold_strings.h"

#include <algorithm>
#include <utility>

namespace secai::quarantine {
namespace {

constexpr std::int64_t kMaxInteger = std::int64_t{1} << 40;

// All the texts that a value may be, when it is nothing but constants.
std::optional<std::vector<std::string>> ConstantTexts(const Value& value) {
  if (value.flags != 0) return std::nullopt;
  std::vector<std::string> texts(value.strings.begin(), value.strings.end());
  for (const std::int64_t number : value.integers) texts.push_back(std::to_string(number));
  return texts;
}

// Keeps the constants that are known beside kBuilt, so that a finding can name them.
Value BuiltFrom(const Value& left, const Value& right) {
  Value value;
  value.flags = Value::kBuilt | (left.flags & Value::kData) | (right.flags & Value::kData);
  return value;
}

std::string_view Strip(std::string_view text, bool left, bool right, std::string_view characters) {
  const std::size_t first = left ? text.find_first_not_of(characters) : 0;
  if (first == std::string_view::npos) return {};
  text.remove_prefix(first);
  if (right) text = text.substr(0, text.find_last_not_of(characters) + 1);
  return text;
}

std::string ReplaceAll(std::string text, const std::string& from, const std::string& to) {
  if (from.empty()) return text;
  std::string out;
  std::size_t at = 0;
  for (std::size_t hit = text.find(from); hit != std::string::npos; hit = text.find(from, at)) {
    out.append(text, at, hit - at).append(to);
    at = hit + from.size();
    if (out.size() > Value::kMaxStringBytes) return out;  // AddString() then makes it kBuilt.
  }
  return out.append(text, at);
}

std::string ChangeCase(std::string text, bool to_upper) {
  for (char& c : text) {
    if (to_upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (!to_upper && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::optional<std::string> CharacterAt(std::string_view text, std::int64_t index) {
  const auto size = static_cast<std::int64_t>(text.size());
  if (index < 0) index += size;
  if (index < 0 || index >= size) return std::nullopt;
  return std::string(1, text[static_cast<std::size_t>(index)]);
}

std::string SliceString(std::string_view text, std::optional<std::int64_t> start,
                        std::optional<std::int64_t> stop, std::optional<std::int64_t> step) {
  const auto size = static_cast<std::int64_t>(text.size());
  const std::int64_t stride = step.value_or(1);
  if (stride == 0) return {};
  const std::int64_t lowest = stride > 0 ? 0 : -1;
  const std::int64_t highest = stride > 0 ? size : size - 1;
  const auto place = [&](std::int64_t index) {
    return std::clamp(index < 0 ? index + size : index, lowest, highest);
  };
  const std::int64_t from = start ? place(*start) : (stride > 0 ? 0 : size - 1);
  const std::int64_t to = stop ? place(*stop) : (stride > 0 ? size : -1);
  std::string out;
  for (std::int64_t at = from; stride > 0 ? at < to : at > to;) {
    out.push_back(text[static_cast<std::size_t>(at)]);
    if (stride > size || stride < -size) break;  // One step leaves the text: no overflow.
    at += stride;
  }
  return out;
}

Value ConcatenateValues(const Value& left, const Value& right) {
  const auto first = ConstantTexts(left);
  const auto second = ConstantTexts(right);
  if (!first || !second) return BuiltFrom(left, right);
  Value value;
  for (const std::string& a : *first) {
    for (const std::string& b : *second) value.AddString(a + b);
  }
  return value;
}

Value AddValues(const Value& left, const Value& right) {
  if (left.IsNumber() && right.IsNumber()) return FoldArithmetic("+", left, right);
  if (left.flags == 0 && right.flags == 0 && left.integers.empty() && right.integers.empty()) {
    return ConcatenateValues(left, right);
  }
  // A number plus something of the input is a number, or an error.
  if (left.IsNumber() || right.IsNumber()) {
    Value value;
    value.flags = ((left.flags | right.flags) & (Value::kData | Value::kBuilt)) | Value::kNumber;
    return value;
  }
  if (left.Has(Value::kContainer) || right.Has(Value::kContainer)) {
    Value value = left;
    value.Join(right);
    value.flags |= Value::kContainer;
    if (!value.strings.empty()) value.flags |= Value::kBuilt;
    return value;
  }
  return BuiltFrom(left, right);
}

Value FoldArithmetic(std::string_view op, const Value& left, const Value& right) {
  Value value;
  if (op == "%" && !left.strings.empty()) return BuiltFrom(left, right);
  const bool has_text = !left.strings.empty() || !right.strings.empty() ||
                        left.Has(Value::kBuilt) || right.Has(Value::kBuilt);
  if (op == "*" && has_text) {
    const Value& text = left.strings.empty() ? right : left;
    const Value& times = left.strings.empty() ? left : right;
    if (text.flags != 0 || times.flags != 0 || !times.strings.empty())
      return BuiltFrom(left, right);
    for (const std::string& piece : text.strings) {
      for (const std::int64_t count : times.integers) {
        std::string out;
        for (std::int64_t i = 0; i < count && out.size() <= Value::kMaxStringBytes; ++i)
          out += piece;
        value.AddString(std::move(out));
      }
    }
    return value;
  }
  value.flags = ((left.flags | right.flags) & Value::kData);
  const bool is_constant =
      left.flags == 0 && right.flags == 0 && left.strings.empty() && right.strings.empty();
  if (!is_constant || (op != "+" && op != "-" && op != "*")) {
    value.flags |= Value::kNumber;
    // The constants stay bounded: x % 2, 7 // 2.
    return value;
  }
  for (const std::int64_t a : left.integers) {
    for (const std::int64_t b : right.integers) {
      std::int64_t result = 0;
      const bool overflow = op == "+"   ? __builtin_add_overflow(a, b, &result)
                            : op == "-" ? __builtin_sub_overflow(a, b, &result)
                                        : __builtin_mul_overflow(a, b, &result);
      value.AddInteger(overflow ? kMaxInteger : std::clamp(result, -kMaxInteger, kMaxInteger));
    }
  }
  return value;
}

Value FoldStringMethod(std::string_view method, const Value& owner,
                       const std::vector<Value>& arguments) {
  Value value;
  bool has_pieces = !owner.strings.empty() || owner.Has(Value::kBuilt);
  bool is_constant = owner.flags == 0 && owner.integers.empty();
  for (const Value& argument : arguments) {
    has_pieces = has_pieces || !argument.strings.empty() || argument.Has(Value::kBuilt);
    is_constant = is_constant && argument.flags == 0 && argument.strings.size() == 1 &&
                  argument.integers.empty();
    value.flags |= argument.flags & Value::kData;
  }
  value.flags |= owner.flags;
  // Unicode has more white space and more letter cases than are folded here.
  is_constant = is_constant && std::all_of(owner.strings.begin(), owner.strings.end(), IsAscii);
  const bool is_strip = method == "strip" || method == "lstrip" || method == "rstrip";
  const bool is_case = method == "lower" || method == "upper";
  if (is_constant && is_strip && arguments.size() <= 1) {
    const std::string characters =
        arguments.empty() ? " \t\r\n\f\v" : *arguments[0].strings.begin();
    for (const std::string& text : owner.strings) {
      value.AddString(std::string(Strip(text, method != "rstrip", method != "lstrip", characters)));
    }
    return value;
  }
  if (is_constant && is_case && arguments.empty()) {
    for (const std::string& text : owner.strings)
      value.AddString(ChangeCase(text, method == "upper"));
    return value;
  }
  if (is_constant && method == "replace" && arguments.size() == 2) {
    for (const std::string& text : owner.strings) {
      value.AddString(
          ReplaceAll(text, *arguments[0].strings.begin(), *arguments[1].strings.begin()));
    }
    return value;
  }
  // Cutting white space or changing case of something of the input leaves it something of the
  // input; anything else that touches a constant piece makes a new string.
  if ((is_strip || is_case) && owner.strings.empty() && !owner.Has(Value::kBuilt)) return value;
  if (has_pieces || method == "format" || method == "join" || method == "replace") {
    value.flags |= Value::kBuilt;
  }
  return value;
}

}  // namespace secai::quarantine
