#include "secai/programs.h"

#include <filesystem>

#include <unistd.h>

namespace secai::cli {

Result<std::string> RoomProgram(std::string_view name) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return Fail(ErrorCode::kNotFound, "/proc is not mounted: " + error.message());
  const std::filesystem::path program =
      self.parent_path().parent_path() / "libexec/secure-ai" / name;
  if (::access(program.c_str(), X_OK) != 0) {
    return Fail(ErrorCode::kNotFound, "not installed: " + program.string());
  }
  return program.string();
}

}  // namespace secai::cli
