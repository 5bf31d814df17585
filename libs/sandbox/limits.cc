#include "sandbox/limits.h"

#include <algorithm>
#include <cerrno>
#include <csignal>

#include <sys/resource.h>

#include <fmt/core.h>

#include "sandbox/errno_text.h"

namespace secai::sandbox {
namespace {

Result<> Lower(__rlimit_resource resource, const char* name,
               const std::optional<std::uint64_t>& value) {
  if (!value) return Ok();
  rlimit limit{};
  if (::getrlimit(resource, &limit) == 0) {
    limit.rlim_max = std::min<rlim_t>(limit.rlim_max, *value);
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(resource, &limit) == 0) return Ok();
  }
  return Fail(ErrorCode::kInternal, fmt::format("limit of {}: {}", name, ErrnoText(errno)));
}

}  // namespace

Result<> ApplyLimits(const Limits& limits) {
  TRY(Lower(RLIMIT_CORE, "core dumps", 0));
  TRY(Lower(RLIMIT_NOFILE, "open files", limits.open_files));
  TRY(Lower(RLIMIT_FSIZE, "file size", limits.file_bytes));
  TRY(Lower(RLIMIT_AS, "address space", limits.address_space_bytes));
  TRY(Lower(RLIMIT_MEMLOCK, "locked memory", limits.locked_memory_bytes));
  if (std::signal(SIGXFSZ, SIG_IGN) == SIG_ERR) {
    return Fail(ErrorCode::kInternal, fmt::format("ignoring SIGXFSZ: {}", ErrnoText(errno)));
  }
  return Ok();
}

}  // namespace secai::sandbox
