#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace secai::cli {

// The absolute path of a room's or worker's program: ../libexec/secure-ai/NAME from this program's
// folder. Errors: kNotFound, naming the path, when it is absent or cannot be run.
Result<std::string> RoomProgram(std::string_view name);

}  // namespace secai::cli
