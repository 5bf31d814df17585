#include "service/arguments.h"

#include <algorithm>

namespace secai::service {

std::string Arguments::Value(std::string_view name) const {
  const auto found = values.find(name);
  return found == values.end() ? std::string() : found->second;
}

Result<Arguments> ParseArguments(std::span<char* const> words) {
  Arguments arguments;
  for (auto word = words.begin(); word != words.end(); ++word) {
    std::string_view name = *word;
    if (name == "--version") {
      arguments.wants_version = true;
      continue;
    }
    if (name == "--help") {
      arguments.wants_help = true;
      continue;
    }
    const bool is_name =
        name.starts_with("--") && name.size() > 2 && name.size() <= 34 &&
        std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
    if (!is_name) {
      return Fail(ErrorCode::kInvalidArgument, "unexpected argument: " + std::string(name));
    }
    name.remove_prefix(2);
    if (++word == words.end()) {
      return Fail(ErrorCode::kInvalidArgument, "--" + std::string(name) + " needs a value");
    }
    if (!arguments.values.emplace(name, *word).second) {
      return Fail(ErrorCode::kInvalidArgument, "--" + std::string(name) + " is given twice");
    }
  }
  return arguments;
}

}  // namespace secai::service
