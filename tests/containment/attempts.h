#pragma once

#include <functional>
#include <string>
#include <vector>

#include "world.h"

namespace secai::containment {

// What happens to an attempt outside of any sandbox: the other side of the limit, which the suite
// checks.
enum class Unconfined {
  kWorks,    // For any user.
  kMayFail,  // Needs a capability or a kernel option: not checked.
};

// How a sandbox must answer.
enum class Answer {
  kRefusal,  // EPERM, EACCES, ENOSYS, or death.
  kDeath,    // SIGSYS only: for numbers that mean another call elsewhere.
};

// One thing that a process may try. `run` returns 0 when it worked, else the errno.
struct Attempt {
  std::string name;
  std::function<int(const World&)> run;
  Unconfined unconfined = Unconfined::kWorks;
  Answer answer = Answer::kRefusal;
};

std::vector<Attempt> FileAttempts();
std::vector<Attempt> SocketAttempts();
std::vector<Attempt> ProcessAttempts();
std::vector<Attempt> MemoryAttempts();
std::vector<Attempt> KernelAttempts();

// All of the above.
std::vector<Attempt> AllAttempts();

// Of a call that returns -1 and sets errno.
int ErrnoOf(long result);

}  // namespace secai::containment
