#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace secai {

void CheckFailed(const char* file, int line, const char* condition) {
  // The process is about to end, so a line that cannot be written is lost either way.
  (void)std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace secai
