#include "service/environment.h"

#include <cstdlib>

namespace secai::service {

std::optional<std::string> EnvironmentValue(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

std::string DefaultRoot() {
  const auto absolute = [](const char* name) -> std::string {
    const std::optional<std::string> value = EnvironmentValue(name);
    return value && value->starts_with('/') ? *value : std::string();
  };
  if (std::string root = absolute("SECAI_ROOT"); !root.empty()) return root;
  if (const std::string data = absolute("XDG_DATA_HOME"); !data.empty()) return data + "/secai";
  if (const std::string home = absolute("HOME"); !home.empty()) return home + "/.local/share/secai";
  return {};
}

}  // namespace secai::service
