#include "base/json_fields.h"

#include <algorithm>
#include <cmath>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "base/utf8.h"

namespace secai {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxShownNameBytes = 64;
constexpr double kMaxExactInteger = 9007199254740992.0;  // 2^53 (IEEE 754 binary64).

tl::unexpected<Error> Bad(std::string_view name, std::string_view reason) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}", name, reason));
}

// Null when absent or null.
const json::value* Find(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

Result<const json::value*> Need(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return Bad(name, "missing");
  return value;
}

Result<std::string> ToString(const json::value& value, std::string_view name,
                             std::size_t max_bytes) {
  const json::string* text = value.if_string();
  if (text == nullptr) return Bad(name, "a string is needed");
  if (text->size() > max_bytes) {
    return Bad(name, fmt::format("{} bytes, over the limit of {}", text->size(), max_bytes));
  }
  return std::string(text->data(), text->size());
}

Result<bool> ToBool(const json::value& value, std::string_view name) {
  if (!value.is_bool()) return Bad(name, "true or false is needed");
  return value.get_bool();
}

// Whole doubles up to 2^53 are exact, so nothing is rounded.
std::optional<std::int64_t> WholeNumber(const json::value& value) {
  if (value.is_int64()) return value.get_int64();
  if (!value.is_double()) return std::nullopt;
  const double number = value.get_double();
  if (std::fabs(number) > kMaxExactInteger || number != std::trunc(number)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

Result<std::int64_t> ToInt(const json::value& value, std::string_view name, std::int64_t min,
                           std::int64_t max) {
  const std::optional<std::int64_t> number = WholeNumber(value);
  if (!number.has_value() && !value.is_uint64()) return Bad(name, "a whole number is needed");
  if (!number.has_value() || *number < min || *number > max) {
    return Bad(name, fmt::format("must be {} to {}", min, max));
  }
  return *number;
}

Result<std::uint64_t> ToUint(const json::value& value, std::string_view name, std::uint64_t max) {
  std::uint64_t number = 0;
  if (value.is_uint64()) {
    number = value.get_uint64();
  } else if (const auto whole = WholeNumber(value); whole.has_value() && *whole >= 0) {
    number = static_cast<std::uint64_t>(*whole);
  } else {
    return Bad(name, "a whole number of 0 or more is needed");
  }
  if (number > max) return Bad(name, fmt::format("must be 0 to {}", max));
  return number;
}

Result<double> ToDouble(const json::value& value, std::string_view name, double min, double max) {
  if (!value.is_number()) return Bad(name, "a number is needed");
  const auto number = value.to_number<double>();
  if (!(number >= min && number <= max)) {
    return Bad(name, fmt::format("must be {} to {}", min, max));
  }
  return number;
}

template <typename T>
Result<std::optional<T>> Some(Result<T> result) {
  if (!result.has_value()) return tl::unexpected<Error>(std::move(result).error());
  return std::optional<T>(*std::move(result));
}

}  // namespace

Result<std::string> GetString(const json::object& object, std::string_view name,
                              std::size_t max_bytes) {
  TRY_ASSIGN(const json::value* value, Need(object, name));
  return ToString(*value, name, max_bytes);
}

Result<bool> GetBool(const json::object& object, std::string_view name) {
  TRY_ASSIGN(const json::value* value, Need(object, name));
  return ToBool(*value, name);
}

Result<std::int64_t> GetInt(const json::object& object, std::string_view name, std::int64_t min,
                            std::int64_t max) {
  TRY_ASSIGN(const json::value* value, Need(object, name));
  return ToInt(*value, name, min, max);
}

Result<std::uint64_t> GetUint(const json::object& object, std::string_view name,
                              std::uint64_t max) {
  TRY_ASSIGN(const json::value* value, Need(object, name));
  return ToUint(*value, name, max);
}

Result<double> GetDouble(const json::object& object, std::string_view name, double min,
                         double max) {
  TRY_ASSIGN(const json::value* value, Need(object, name));
  return ToDouble(*value, name, min, max);
}

Result<const json::object*> GetObject(const json::object& object, std::string_view name) {
  TRY_ASSIGN(const json::value* value, Need(object, name));
  return AsObject(*value, name);
}

Result<const json::array*> GetArray(const json::object& object, std::string_view name) {
  TRY_ASSIGN(const json::value* value, Need(object, name));
  if (!value->is_array()) return Bad(name, "an array is needed");
  return value->if_array();
}

Result<std::optional<std::string>> GetOptionalString(const json::object& object,
                                                     std::string_view name, std::size_t max_bytes) {
  const json::value* value = Find(object, name);
  if (value == nullptr) return std::nullopt;
  return Some(ToString(*value, name, max_bytes));
}

Result<std::optional<bool>> GetOptionalBool(const json::object& object, std::string_view name) {
  const json::value* value = Find(object, name);
  if (value == nullptr) return std::nullopt;
  return Some(ToBool(*value, name));
}

Result<std::optional<std::int64_t>> GetOptionalInt(const json::object& object,
                                                   std::string_view name, std::int64_t min,
                                                   std::int64_t max) {
  const json::value* value = Find(object, name);
  if (value == nullptr) return std::nullopt;
  return Some(ToInt(*value, name, min, max));
}

Result<std::optional<std::uint64_t>> GetOptionalUint(const json::object& object,
                                                     std::string_view name, std::uint64_t max) {
  const json::value* value = Find(object, name);
  if (value == nullptr) return std::nullopt;
  return Some(ToUint(*value, name, max));
}

Result<std::optional<double>> GetOptionalDouble(const json::object& object, std::string_view name,
                                                double min, double max) {
  const json::value* value = Find(object, name);
  if (value == nullptr) return std::nullopt;
  return Some(ToDouble(*value, name, min, max));
}

Result<const json::object*> GetOptionalObject(const json::object& object, std::string_view name) {
  if (Find(object, name) == nullptr) return nullptr;
  return GetObject(object, name);
}

Result<const json::array*> GetOptionalArray(const json::object& object, std::string_view name) {
  if (Find(object, name) == nullptr) return nullptr;
  return GetArray(object, name);
}

Result<const json::object*> AsObject(const json::value& value, std::string_view what) {
  if (!value.is_object()) return Bad(what, "an object is needed");
  return value.if_object();
}

Result<> RefuseUnknownMembers(const json::object& object,
                              std::initializer_list<std::string_view> known) {
  for (const auto& member : object) {
    const std::string_view key(member.key().data(), member.key().size());
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return Bad(EscapeForDisplay(key, kMaxShownNameBytes), "unknown member");
    }
  }
  return Ok();
}

}  // namespace secai
