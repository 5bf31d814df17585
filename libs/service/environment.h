#pragma once

#include <optional>
#include <string>

namespace secai::service {

// The value of an environment variable, or nullopt when it is not set. The one place of the project
// that reads the environment: which folder is the root, what the supervisor passed, who used sudo,
// and how a terminal wants its output. Settings never come from there. Thread-safety: before other
// threads start. Trust: the value comes from whoever started the program.
std::optional<std::string> EnvironmentValue(const char* name);

// The root of all paths when no --root is given: $SECAI_ROOT, else $XDG_DATA_HOME/secai, else
// $HOME/.local/share/secai; empty when none of them is set to an absolute path.
std::string DefaultRoot();

}  // namespace secai::service
