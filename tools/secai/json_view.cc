#include "secai/json_view.h"

#include <algorithm>

#include <boost/json/serialize.hpp>

#include "base/utf8.h"

namespace secai::cli {

namespace json = boost::json;

std::string TextOf(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return {};
  if (value->is_string()) return EscapeForDisplay(std::string_view(value->get_string()), 4096);
  return EscapeForDisplay(json::serialize(*value), 65'536);
}

std::int64_t NumberOf(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  if (value == nullptr || !value->is_number()) return 0;
  boost::system::error_code error;
  const auto number = value->to_number<std::int64_t>(error);
  return error ? 0 : number;
}

double ShareOf(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  if (value == nullptr || !value->is_number()) return 0;
  boost::system::error_code error;
  const auto number = value->to_number<double>(error);
  return error ? 0 : number;
}

const json::array& ArrayOf(const json::object& object, std::string_view name) {
  static const json::array none;
  const json::value* const value = object.if_contains(name);
  return value != nullptr && value->is_array() ? value->get_array() : none;
}

const json::object& ObjectOf(const json::value& value) {
  static const json::object none;
  return value.is_object() ? value.get_object() : none;
}

const json::object& ObjectOf(const json::object& object, std::string_view name) {
  static const json::value none;
  const json::value* const value = object.if_contains(name);
  return ObjectOf(value == nullptr ? none : *value);
}

std::string RenderTable(const std::vector<std::string>& heading,
                        const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < heading.size(); ++column) {
    std::size_t width = heading[column].size();
    for (const auto& row : rows) width = std::max(width, row.at(column).size());
    widths.push_back(width);
  }
  std::string table;
  const auto add = [&](const std::vector<std::string>& row) {
    for (std::size_t column = 0; column + 1 < row.size(); ++column) {
      table += row[column] + std::string(widths[column] + 2 - row[column].size(), ' ');
    }
    table += row.back() + "\n";
  };
  add(heading);
  for (const auto& row : rows) add(row);
  return table;
}

std::string RenderMembers(const json::object& object) {
  std::size_t width = 0;
  for (const auto& member : object) width = std::max(width, member.key().size());
  std::string lines;
  for (const auto& member : object) {
    const std::string name = EscapeForDisplay(std::string_view(member.key()), 64);
    lines += name + ":" + std::string(width + 2 - std::min(width + 1, name.size()), ' ') +
             TextOf(object, std::string_view(member.key())) + "\n";
  }
  return lines;
}

}  // namespace secai::cli
