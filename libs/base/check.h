#pragma once

namespace secai {

// Writes where and what to stderr and aborts. The supervisor restarts the room.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);

}  // namespace secai

// Ends the process when a rule of our own code is broken. Stays on in release. Never for anything
// that came from outside the process: that is an Error.
#define CHECK(condition)                                    \
  do {                                                      \
    if (!(condition)) [[unlikely]]                          \
      ::secai::CheckFailed(__FILE__, __LINE__, #condition); \
  } while (false)
