#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace secai::service {

// A room's command line: pairs `--name VALUE`, and the words --version and --help.
struct Arguments {
  std::map<std::string, std::string, std::less<>> values;  // Names without the dashes.
  bool wants_version = false;
  bool wants_help = false;

  // The value of `name`, or empty.
  std::string Value(std::string_view name) const;
};

// Errors: kInvalidArgument for a word that is no `--name` ([a-z-], at most 32 bytes), a name
// without a value, or a name twice. `words` is argv without the program's name.
Result<Arguments> ParseArguments(std::span<char* const> words);

}  // namespace secai::service
