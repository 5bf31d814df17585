#include "base/strict_json.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "base/utf8.h"

namespace secai {
namespace {

namespace json = boost::json;
using json::error_code;

// Longest piece of the text's own keys that an error may show, in bytes.
constexpr std::size_t kMaxShownKeyBytes = 64;
constexpr std::size_t kMaxShownLevels = 16;

// Receives the events of the parser and builds the value. Every event that would keep more than the
// limits allow is refused before anything is copied.
class Builder {
 public:
  // Boost's own limits are constants; ours are counted here instead.
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);

  explicit Builder(const JsonLimits& limits) : limits_(limits) {}

  // NOLINTBEGIN(readability-identifier-naming): the names are Boost's.
  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& ec) { return Open(json::object(), ec); }
  bool on_object_end(std::size_t, error_code& ec) { return Close(ec); }
  bool on_array_begin(error_code& ec) { return Open(json::array(), ec); }
  bool on_array_end(std::size_t, error_code& ec) { return Close(ec); }

  bool on_key_part(json::string_view part, std::size_t size, error_code& ec) {
    return Append(part, size, &key_, ec);
  }
  bool on_key(json::string_view part, std::size_t size, error_code& ec) {
    if (!Append(part, size, &key_, ec) || !CountElement(ec)) return false;
    Level& level = levels_.back();
    const auto [member, is_new] = level.container.get_object().emplace(key_, nullptr);
    level.key = std::exchange(key_, {});
    if (!is_new) return Refuse("duplicate key", ec);
    level.slot = &member->value();
    return true;
  }

  bool on_string_part(json::string_view part, std::size_t size, error_code& ec) {
    return Append(part, size, &string_, ec);
  }
  bool on_string(json::string_view part, std::size_t size, error_code& ec) {
    if (!Append(part, size, &string_, ec)) return false;
    return Put(json::string(std::exchange(string_, {})), ec);
  }

  bool on_number_part(json::string_view part, error_code&) {
    number_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t value, json::string_view, error_code& ec) {
    number_.clear();
    return Put(value, ec);
  }
  bool on_uint64(std::uint64_t value, json::string_view, error_code& ec) {
    number_.clear();
    return Put(value, ec);
  }
  // `rough` may be off by some units in the last place (Boost 1.81), so the text is read again.
  bool on_double(double rough, json::string_view part, error_code& ec) {
    number_.append(part.data(), part.size());
    const std::string text = std::exchange(number_, {});
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range) {
      if (std::fabs(rough) > 1) return Refuse("number outside the range of a double", ec);
      value = std::signbit(rough) ? -0.0 : 0.0;  // Underflow.
    } else if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
      return Refuse("bad number", ec);
    }
    return Put(value, ec);
  }

  bool on_bool(bool value, error_code& ec) { return Put(value, ec); }
  bool on_null(error_code& ec) { return Put(nullptr, ec); }
  bool on_comment_part(json::string_view, error_code& ec) { return Refuse("comment", ec); }
  bool on_comment(json::string_view, error_code& ec) { return Refuse("comment", ec); }
  // NOLINTEND(readability-identifier-naming)

  json::value TakeRoot() { return std::move(root_); }
  std::string_view reason() const { return reason_; }

  // Where the parser is: "messages[1].role", or empty at the top.
  std::string Path() const {
    std::string path;
    for (std::size_t i = 0; i < levels_.size() && i < kMaxShownLevels; ++i) {
      const Level& level = levels_[i];
      if (level.container.is_array()) {
        path += fmt::format("[{}]", level.container.get_array().size());
      } else {
        if (!path.empty() && !level.key.empty()) path += '.';
        path += EscapeForDisplay(level.key, kMaxShownKeyBytes);
      }
    }
    if (levels_.size() > kMaxShownLevels) path += "...";
    return path;
  }

 private:
  struct Level {
    json::value container;        // An object or an array.
    json::value* slot = nullptr;  // In an object: where the value of `key` goes.
    std::string key;
  };

  bool Refuse(std::string_view reason, error_code& ec) {
    reason_ = reason;
    ec = json::make_error_code(json::error::exception);  // Any: `reason_` is what is shown.
    return false;
  }

  bool CountElement(error_code& ec) {
    if (elements_ == limits_.max_elements) return Refuse("too many elements", ec);
    ++elements_;
    return true;
  }

  bool Append(json::string_view part, std::size_t size, std::string* text, error_code& ec) {
    if (size > limits_.max_string_bytes) return Refuse("string too long", ec);
    text->append(part.data(), part.size());
    return true;
  }

  bool Open(json::value container, error_code& ec) {
    if (levels_.size() == limits_.max_depth) return Refuse("nested too deeply", ec);
    if (!levels_.empty() && levels_.back().container.is_array() && !CountElement(ec)) return false;
    levels_.push_back(Level{std::move(container), nullptr, {}});
    return true;
  }

  bool Close(error_code& ec) {
    json::value whole = std::move(levels_.back().container);
    levels_.pop_back();
    return Store(std::move(whole), ec);
  }

  bool Put(json::value value, error_code& ec) {
    if (!levels_.empty() && levels_.back().container.is_array() && !CountElement(ec)) return false;
    return Store(std::move(value), ec);
  }

  bool Store(json::value value, error_code&) {
    if (levels_.empty()) {
      root_ = std::move(value);
    } else if (Level& level = levels_.back(); level.container.is_array()) {
      level.container.get_array().push_back(std::move(value));
    } else {
      *level.slot = std::move(value);
      level.key.clear();
    }
    return true;
  }

  const JsonLimits limits_;
  std::vector<Level> levels_;
  std::size_t elements_ = 0;
  std::string key_;
  std::string string_;
  std::string number_;
  json::value root_;
  std::string_view reason_;
};

std::string_view ReasonOf(const error_code& error) {
  if (error == json::error::incomplete) return "the text ends too early";
  if (error == json::error::extra_data) return "something follows the end";
  if (error == json::error::illegal_leading_surrogate ||
      error == json::error::illegal_trailing_surrogate ||
      error == json::error::expected_hex_digit || error == json::error::expected_utf16_escape) {
    return "bad escape in a string";
  }
  if (error == json::error::exponent_overflow) return "number outside the range of a double";
  if (error == json::error::too_deep) return "nested too deeply";
  return "syntax error";
}

Error ErrorAt(std::string_view text, std::size_t offset, std::string_view path,
              std::string_view reason) {
  std::size_t line = 1;
  std::size_t column = 1;
  for (const char c : text.substr(0, offset)) {
    column = c == '\n' ? 1 : column + 1;
    line += c == '\n' ? 1 : 0;
  }
  std::string place = fmt::format("line {}, column {}", line, column);
  if (!path.empty()) place += fmt::format(", at {}", path);
  return Error{ErrorCode::kInvalidArgument, fmt::format("{}: {}", place, reason)};
}

}  // namespace

Result<json::value> ParseStrictJson(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("the text has {} bytes, over the limit of {}", text.size(), limits.max_bytes));
  }
  json::parse_options options;
  options.max_depth = limits.max_depth + 1;  // The builder refuses first, with the path.
  json::basic_parser<Builder> parser(options, limits);
  error_code error;
  std::size_t parsed = parser.write_some(false, text.data(), text.size(), error);
  if (!error && parsed < text.size()) error = json::make_error_code(json::error::extra_data);
  if (error) {
    const Builder& builder = parser.handler();
    const std::string_view own = builder.reason();
    return tl::unexpected<Error>(
        ErrorAt(text, parsed, builder.Path(), own.empty() ? ReasonOf(error) : own));
  }
  return parser.handler().TakeRoot();
}

}  // namespace secai
