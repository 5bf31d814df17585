#pragma once

#include <string>

#include "supervisor/options.h"

namespace secai::supervisor {

// Where things of the build are, found from the supervisor's own executable.
struct BuildPlaces {
  std::string executable_folder;  // …/libexec/secure-ai
  std::string shipped_policy;     // …/share/secai/policy.yaml
};

// `secai up` in all three forms. Returns the exit code: 0 stopped on request (or, detached, ready;
// or, with kStop, nothing runs any more), 1 failed, 2 bad usage or configuration.
int RunSupervisor(const Options& options, const BuildPlaces& places);

}  // namespace secai::supervisor
