#pragma once

#include <optional>
#include <string>
#include <vector>

#include "secai/command.h"

namespace secai::cli {

// What a command line asks for.
struct ParsedCommandLine {
  // The row of Commands() to run; null when everything is said with `exit_code` and `text`.
  const Command* command = nullptr;
  Invocation invocation;
  int exit_code = kExitOk;
  std::string text;  // Help for stdout (exit code 0), or what is wrong, for stderr.
};

// Reads the words after the program's name. `default_root` is used without --root; a relative root
// is taken from the present folder. Pure but for that.
ParsedCommandLine ParseCommandLine(std::vector<std::string> words, const std::string& default_root);

}  // namespace secai::cli
