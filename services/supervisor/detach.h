#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace secai::supervisor {

// Where the outcome of a start goes: the terminal of whoever started it.
class StartReporter {
 public:
  // Stays in the foreground: sentences go to stderr, the outcome to stdout.
  static StartReporter Foreground();

  // Forks. The parent waits for the outcome, prints it and exits with its code; only the child
  // returns, in a session of its own, with nothing but /dev/null for stdin, stdout and stderr. Call
  // it before threads and before anything that must not be forked. Errors: kInternal.
  static Result<StartReporter> Detached();

  bool is_detached() const { return pipe_.is_open(); }

  // A sentence on the way. After Finish() of a detached start nobody hears it any more.
  void Note(const std::string& sentence);
  // The outcome, once: text for stdout and exit code 0, or for stderr.
  void Finish(int exit_code, const std::string& text);

 private:
  UniqueFd pipe_;      // To the waiting parent; detached only.
  UniqueFd terminal_;  // stderr as it was at the start; foreground only.
};

}  // namespace secai::supervisor
