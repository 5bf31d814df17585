#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace secai::cli {

// Reading answers for display: what is absent or of another kind is shown as nothing, because a
// missing detail must not keep a person from the rest. Thread-safety: pure.

// The member as one line of safe text: strings escaped, numbers and booleans as they are, "" for
// null and absent, objects and arrays as JSON.
std::string TextOf(const boost::json::object& object, std::string_view name);
std::int64_t NumberOf(const boost::json::object& object, std::string_view name);
double ShareOf(const boost::json::object& object, std::string_view name);
// Empty when absent or no array / object.
const boost::json::array& ArrayOf(const boost::json::object& object, std::string_view name);
const boost::json::object& ObjectOf(const boost::json::object& object, std::string_view name);
const boost::json::object& ObjectOf(const boost::json::value& value);

// Columns of equal width with a heading; the last column is not padded.
std::string RenderTable(const std::vector<std::string>& heading,
                        const std::vector<std::vector<std::string>>& rows);
// "name:  value" lines for every member.
std::string RenderMembers(const boost::json::object& object);

}  // namespace secai::cli
