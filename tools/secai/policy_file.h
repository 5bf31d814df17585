#pragma once

#include <string>

#include "base/result.h"
#include "policy/policy.h"

namespace secai::cli {

std::string PolicyPath(const std::string& root);

// Reads and judges a policy file with the user's own rights; follows a link at its end like any
// editor. Errors: kNotFound; kInvalidArgument with file, line and column.
Result<policy::Policy> LoadPolicy(const std::string& path);

}  // namespace secai::cli
