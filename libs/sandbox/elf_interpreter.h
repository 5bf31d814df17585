#pragma once

#include <string>

#include "base/result.h"

namespace secai::sandbox {

// The path of the dynamic loader that the 64-bit ELF program open on `fd` names (PT_INTERP), or
// empty for a static one. At most 255 bytes. Errors: kInvalidArgument when it is not such a
// program. Source: System V ABI, "Program Header" (elf.h).
Result<std::string> ElfInterpreter(int fd);

}  // namespace secai::sandbox
