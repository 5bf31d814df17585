#include "http/message.h"

#include <algorithm>
#include <array>
#include <utility>

namespace secai::http {
namespace {

constexpr std::array<std::pair<std::string_view, Method>, 7> kMethods = {{
    {"GET", Method::kGet},
    {"HEAD", Method::kHead},
    {"POST", Method::kPost},
    {"PUT", Method::kPut},
    {"PATCH", Method::kPatch},
    {"DELETE", Method::kDelete},
    {"OPTIONS", Method::kOptions},
}};

}  // namespace

std::string_view MethodName(Method method) {
  for (const auto& [name, value] : kMethods) {
    if (value == method) return name;
  }
  return "OTHER";
}

Method ParseMethod(std::string_view token) {
  for (const auto& [name, value] : kMethods) {
    if (name == token) return value;
  }
  return Method::kOther;
}

std::optional<std::string_view> Headers::Find(std::string_view lower_case_name) const {
  const auto found = std::ranges::find(fields_, lower_case_name, &Header::name);
  if (found == fields_.end()) return std::nullopt;
  return found->value;
}

bool Headers::HasPrefix(std::string_view lower_case_prefix) const {
  return std::ranges::any_of(
      fields_, [&](const Header& field) { return field.name.starts_with(lower_case_prefix); });
}

}  // namespace secai::http
