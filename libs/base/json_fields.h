#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

#include "base/result.h"

namespace secai {

// Reading an object member by member. Every error is kInvalidArgument and names the member ("limit:
// a whole number is needed"), never its value. In the optional forms an absent member and null are
// both "none". Numbers: `1.0` and `1e2` count as whole up to 2^53; bounds are inclusive.
// Thread-safety: pure functions. Pointers live as long as the object.

Result<std::string> GetString(const boost::json::object& object, std::string_view name,
                              std::size_t max_bytes = std::numeric_limits<std::size_t>::max());
Result<bool> GetBool(const boost::json::object& object, std::string_view name);
Result<std::int64_t> GetInt(const boost::json::object& object, std::string_view name,
                            std::int64_t min = std::numeric_limits<std::int64_t>::min(),
                            std::int64_t max = std::numeric_limits<std::int64_t>::max());
Result<std::uint64_t> GetUint(const boost::json::object& object, std::string_view name,
                              std::uint64_t max = std::numeric_limits<std::uint64_t>::max());
Result<double> GetDouble(const boost::json::object& object, std::string_view name,
                         double min = std::numeric_limits<double>::lowest(),
                         double max = std::numeric_limits<double>::max());
Result<const boost::json::object*> GetObject(const boost::json::object& object,
                                             std::string_view name);
Result<const boost::json::array*> GetArray(const boost::json::object& object,
                                           std::string_view name);

Result<std::optional<std::string>> GetOptionalString(
    const boost::json::object& object, std::string_view name,
    std::size_t max_bytes = std::numeric_limits<std::size_t>::max());
Result<std::optional<bool>> GetOptionalBool(const boost::json::object& object,
                                            std::string_view name);
Result<std::optional<std::int64_t>> GetOptionalInt(
    const boost::json::object& object, std::string_view name,
    std::int64_t min = std::numeric_limits<std::int64_t>::min(),
    std::int64_t max = std::numeric_limits<std::int64_t>::max());
Result<std::optional<std::uint64_t>> GetOptionalUint(
    const boost::json::object& object, std::string_view name,
    std::uint64_t max = std::numeric_limits<std::uint64_t>::max());
Result<std::optional<double>> GetOptionalDouble(const boost::json::object& object,
                                                std::string_view name,
                                                double min = std::numeric_limits<double>::lowest(),
                                                double max = std::numeric_limits<double>::max());
// Null when the member is absent.
Result<const boost::json::object*> GetOptionalObject(const boost::json::object& object,
                                                     std::string_view name);
Result<const boost::json::array*> GetOptionalArray(const boost::json::object& object,
                                                   std::string_view name);

// The value as an object ("the whole message"), or kInvalidArgument "WHAT: an object is needed".
Result<const boost::json::object*> AsObject(const boost::json::value& value, std::string_view what);

// Fails with "NAME: unknown member" (escaped, at most 64 bytes) for the first that is not `known`.
Result<> RefuseUnknownMembers(const boost::json::object& object,
                              std::initializer_list<std::string_view> known);

}  // namespace secai
