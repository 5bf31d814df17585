#pragma once

#include <string>

#include <sys/types.h>

#include "base/unique_fd.h"
#include "sandbox/kernel_probe.h"

namespace secai::sandbox {

// What the spawner's process gets from the room that forks it.
struct SpawnerProcess {
  UniqueFd channel;     // Seqpacket, to the room.
  UniqueFd program;     // Open to read.
  std::string name;     // argv[0] of the children.
  pid_t room_pid = -1;  // Ends when this is no longer the parent.
  KernelProbe probe;
};

// The whole life of a spawner after fork(): confines itself, says ready (or why not), serves
// requests, and ends with _exit() when the room hangs up. Every child dies with it.
[[noreturn]] void RunSpawnerProcess(SpawnerProcess process);

}  // namespace secai::sandbox
