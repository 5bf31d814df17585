#pragma once

#include <string>
#include <system_error>

namespace secai::sandbox {

// What an errno means, in words; safe from any thread, which strerror(3) is not.
inline std::string ErrnoText(int error_number) {
  return std::generic_category().message(error_number);
}

}  // namespace secai::sandbox
