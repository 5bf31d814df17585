#pragma once

#include <string_view>

#include "base/result.h"
#include "storage/fs.h"

namespace secai::storage {

// Replaces the file `name` of `folder` by `bytes` at once: a reader, and a machine that loses power
// at any instant, sees the old content whole or the new content whole. After Ok() the new one
// survives power loss; after an error either may be found.
//
// Writes "<name>.new" first; one left by an earlier crash is overwritten. Mode 0600. Blocks.
// `name` is at most 251 bytes. Errors: those of Folder. One writer per name.
// Source: write, fsync, rename, fsync of the folder (Pillai et al., OSDI 2014).
Result<> ReplaceFile(Folder* folder, std::string_view name, std::string_view bytes);

}  // namespace secai::storage
