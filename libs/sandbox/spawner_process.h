#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.h"
#include "base/unique_fd.h"
#include "sandbox/kernel_probe.h"
#include "sandbox/profile.h"

namespace secai::sandbox {

// What the spawner's process gets from the room that forks it.
struct SpawnerProcess {
  UniqueFd channel;     // Seqpacket, to the room.
  UniqueFd program;     // Open to read.
  std::string name;     // argv[0] of the children.
  pid_t room_pid = -1;  // Ends when this is no longer the parent.
  KernelProbe probe;
};

// A spawner's profile, and the descriptors that it borrows.
struct SpawnerSandbox {
  Profile profile;
  std::vector<UniqueFd> held;
};

// What a spawner of the program open on `program` may do. Opens the program's ELF interpreter and
// what its loader reads. Errors: kNotFound without the interpreter.
Result<SpawnerSandbox> MakeSpawnerSandbox(int program, const std::string& name);

// The whole life of a spawner after fork(): confines itself, says ready (or why not), serves
// requests, and ends with _exit() when the room hangs up. Every child dies with it.
[[noreturn]] void RunSpawnerProcess(SpawnerProcess process);

}  // namespace secai::sandbox
