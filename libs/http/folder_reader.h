#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "base/result.h"

namespace secai::http {

struct FolderLimits {
  std::size_t max_files = 512;
  std::size_t max_file_bytes = std::size_t{4} << 20;
  std::size_t max_total_bytes = std::size_t{16} << 20;
  int max_depth = 4;
};

// Reads all files below `folder` (a directory descriptor, borrowed) into memory: name relative to
// it, then content. Follows no link. Errors: kInvalidArgument over a limit or for anything that is
// neither file nor folder; kUnavailable when a read fails. Blocks: for start-up only.
Result<std::map<std::string, std::string>> ReadFolder(int folder, const FolderLimits& limits);

}  // namespace secai::http
