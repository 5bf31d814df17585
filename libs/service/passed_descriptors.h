#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace secai::service {

// The first descriptor that is passed (sd_listen_fds(3)).
inline constexpr int kFirstPassedFd = 3;
inline constexpr int kMaxPassedFds = 32;

// Reads LISTEN_FDS and LISTEN_FDNAMES: how many descriptors were passed, from 3 on, and their
// names. Both absent means none. Returns the names in the order of the descriptors. Errors:
// kInvalidArgument for a count that is no number from 0 to 32, a number of names that differs, an
// empty name, a name twice, or a character outside [a-z0-9._-]. Source:
// sd_listen_fds_with_names(3). Trust: the texts come from whoever started the program.
Result<std::vector<std::string>> ParsePassedNames(const std::optional<std::string>& listen_fds,
                                                  const std::optional<std::string>& listen_fdnames);

// What the supervisor passed to this process, by name. Each is taken once.
// Thread-safety: one thread only. Ownership: closes what was not taken.
class PassedDescriptors {
 public:
  PassedDescriptors() = default;

  // Takes ownership of the descriptors that the environment lists, and marks them close-on-exec.
  // Errors: as ParsePassedNames(), or a descriptor that is not open. LISTEN_PID, when set, must be
  // this process: else the list was meant for another one.
  static Result<PassedDescriptors> FromEnvironment();

  // Errors: kNotFound for a name that was not passed or has been taken.
  Result<UniqueFd> Take(std::string_view name);
  std::vector<std::string> names() const;
  // The number of a descriptor that is still here, or -1.
  int Peek(std::string_view name) const;

 private:
  std::map<std::string, UniqueFd, std::less<>> by_name_;
};

}  // namespace secai::service
