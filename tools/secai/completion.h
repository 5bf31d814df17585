#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace secai::cli {

// A completion script for "bash", "zsh" or "fish", made from the table of Commands(). It completes
// commands, options, files after `scan`, `policy check` and `models import`, and asks `secai models
// list` for the names of models. Errors: kInvalidArgument for another shell. Pure.
Result<std::string> CompletionScript(std::string_view shell);

}  // namespace secai::cli
