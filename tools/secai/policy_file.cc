#include "secai/policy_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <sys/stat.h>

namespace secai::cli {

std::string PolicyPath(const std::string& root) {
  return root + "/etc/secure-ai/policy/policy.yaml";
}

Result<policy::Policy> LoadPolicy(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) {
    return Fail(ErrorCode::kNotFound, path + ": " + std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) return Fail(ErrorCode::kInvalidArgument, path + ": not a file");
  if (status.st_size > static_cast<off_t>(policy::kMaxPolicyBytes)) {
    return Fail(ErrorCode::kInvalidArgument, path + ": over 1 MiB");
  }
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) return Fail(ErrorCode::kNotFound, path + ": cannot be read");
  return policy::ParsePolicy(text, path);
}

}  // namespace secai::cli
