#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace secai::service {

// The absolute path of the program `name` that was installed beside the one that runs: rooms and
// their workers live in one folder. Before the sandbox only. Errors: kNotFound when there is none
// that can be run.
Result<std::string> ProgramBeside(std::string_view name);

}  // namespace secai::service
