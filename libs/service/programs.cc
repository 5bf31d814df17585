#include "service/programs.h"

#include <filesystem>
#include <system_error>

#include <unistd.h>

namespace secai::service {

Result<std::string> ProgramBeside(std::string_view name) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return Fail(ErrorCode::kInternal, "where this program is: " + error.message());
  const std::string path = self.parent_path() / name;
  if (::access(path.c_str(), X_OK) != 0) {
    return Fail(ErrorCode::kNotFound,
                "the program " + std::string(name) + " is not installed beside this one");
  }
  return path;
}

}  // namespace secai::service
