// The program that spawner_test starts: does what its first argument says and ends with a number.

#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox/enter_sandbox.h"
#include "sandbox/powers/base_io.h"
#include "sandbox/powers/compute.h"

namespace {

// As a worker does it: a smaller sandbox inside the spawner's.
int Confine() {
  auto profile = secai::sandbox::Profile::Worker("spawned_program");
  profile.Add(secai::sandbox::BaseIo{}).Add(secai::sandbox::Compute{});
  const auto entered = secai::sandbox::EnterSandbox(profile, secai::sandbox::ProbeKernel());
  if (entered.has_value()) return 0;
  (void)!::write(2, entered.error().message.data(), entered.error().message.size());
  return 1;
}

// How many descriptors are open from 0 to 255.
int CountDescriptors() {
  int count = 0;
  for (int fd = 0; fd < 256; ++fd) count += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string verb = argc > 1 ? argv[1] : "";
  if (verb == "exit") return argc - 2;  // The number of further arguments.
  if (verb == "count") return CountDescriptors();
  if (verb == "environment") return environ[0] == nullptr ? 0 : 1;
  if (verb == "greet") return ::write(4, argv[2], std::strlen(argv[2])) > 0 ? 0 : 1;
  if (verb == "wait") {
    char byte = 0;
    return ::read(3, &byte, 1) == 0 ? 0 : 1;  // Until the test closes its end.
  }
  if (verb == "exec") {
    char name[] = "true";
    char* arguments[] = {name, nullptr};
    char* environment[] = {nullptr};
    ::execve("/bin/true", arguments, environment);
    return 7;
  }
  if (verb == "confine") return Confine();
  if (verb == "confine and break out") {
    if (Confine() != 0) return 1;
    return ::socket(AF_INET, SOCK_STREAM, 0) < 0 ? 7 : 0;
  }
  if (verb == "socket") return ::socket(AF_INET, SOCK_STREAM, 0) < 0 ? 7 : 0;
  if (verb == "passwd") return ::open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ? 7 : 0;
  return 99;
}
