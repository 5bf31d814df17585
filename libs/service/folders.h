#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace secai::service {

// Opens the folder `path` (relative, below `root_fd`) for reading, making each missing part 0700 if
// `create`. No part may be a symbolic link, and ".." is refused.
// Errors: kInvalidArgument for a path that is empty, absolute or leaves the root; kNotFound when it
// is absent and not to be made; kDenied for a link or missing rights; kInternal otherwise. Source:
// openat2(2), RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS. Thread-safety: any
// thread. Blocks on the disk.
Result<UniqueFd> OpenFolderBelow(int root_fd, std::string_view path, bool create);

// The text of the regular file `name` in the folder `folder_fd`, at most `max_bytes`. Follows no
// link. Errors: kNotFound; kInvalidArgument when it is longer or no regular file; kDenied;
// kInternal.
Result<std::string> ReadSmallFile(int folder_fd, const std::string& name, std::size_t max_bytes);

}  // namespace secai::service
