#include <cerrno>
#include <cstring>
#include <vector>

#include <unistd.h>

#include "secai/command.h"
#include "secai/programs.h"

namespace secai::cli {

// Becomes the supervisor: Ctrl-C, exit code and sentences are its own.
int RunUp(const Context& context) {
  const Invocation& invocation = context.invocation;
  const auto program = RoomProgram("supervisor");
  if (!program.has_value()) return Complain(program.error());
  std::string action = invocation.wants_detach ? "detach" : "run";
  if (invocation.wants_stop) action = "stop";
  std::vector<std::string> words = {
      *program,   "--root", invocation.root, "--port", std::to_string(invocation.port),
      "--action", action};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(program->c_str(), arguments.data());
  return Complain({ErrorCode::kInternal, *program + ": " + std::strerror(errno)});
}

}  // namespace secai::cli
