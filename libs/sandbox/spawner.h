#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.h"
#include "base/unique_fd.h"
#include "sandbox/kernel_probe.h"

namespace secai::sandbox {

class SpawnerChannel;

// How a child ended: by itself, or by a signal.
struct ExitStatus {
  bool was_signalled = false;
  int value = 0;  // Exit code, or the signal's number.
};

// A process that the spawner started. Destroying it kills the process.
// Thread-safety: one thread only. Outlives its Spawner without harm (the process is dead then).
class Child {
 public:
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  pid_t pid() const { return pid_; }
  // Readable (poll, Asio wait_read on a posix::stream_descriptor of a dup) once the process has
  // ended. Owned by this object.
  int pidfd() const { return pidfd_.get(); }

  // SIGKILL, through the spawner. Ok when it has ended already.
  Result<> Kill();
  // How it ended; nullopt while it runs. Blocks only for the spawner's answer (microseconds; at
  // most 5 s).
  Result<std::optional<ExitStatus>> Poll();

 private:
  friend class Spawner;
  Child(std::shared_ptr<SpawnerChannel> channel, std::uint32_t id, pid_t pid, UniqueFd pidfd);
  void Forget();

  std::shared_ptr<SpawnerChannel> channel_;
  std::uint32_t id_ = 0;
  pid_t pid_ = -1;
  UniqueFd pidfd_;
};

// A helper process, forked before the room enters its sandbox, which may start exactly one program.
// The room itself never can: what it asks for goes over a socket pair, and the spawner can do
// nothing else.
//
// The spawner confines itself first: own namespaces, nobody when root, no capabilities, Landlock
// with EXECUTE on the program and its ELF interpreter alone, a system call filter (all inherited by
// what it starts; the program then enters its own, smaller sandbox). Every process it started dies
// with it, and it dies with the room. Thread-safety: one thread only.
class Spawner {
 public:
  static constexpr std::size_t kMaxChildren = 64;         // At one time; one more is kUnavailable.
  static constexpr std::size_t kMaxFds = 16;              // Given to one child.
  static constexpr std::size_t kMaxArgumentBytes = 4096;  // All arguments with their final zeros.

  // Forks the spawner for `program_path` (followed once, now; a later rename changes nothing). Call
  // it before EnterSandbox() and before threads. Errors: kNotFound when there is no such ELF
  // program; kInternal, naming the step.
  static Result<Spawner> Start(const std::string& program_path, const KernelProbe& probe);

  Spawner(Spawner&&) noexcept = default;
  Spawner& operator=(Spawner&&) noexcept = default;
  Spawner(const Spawner&) = delete;
  Spawner& operator=(const Spawner&) = delete;
  // Hangs up: the spawner ends, and all its children are killed.
  ~Spawner() = default;

  // Starts the program. `arguments` excludes argv[0], which is the program's file name. The child
  // gets /dev/null as 0 and 1, the room's stderr as 2, `fds[i]` as 3 + i, an empty environment, and
  // nothing else. Blocks for fork and exec (about 1 ms; at most 5 s). `fds` are borrowed. Errors:
  // kInvalidArgument over a limit above; kUnavailable when the spawner is gone, is full, or the
  // program could not be started (with the errno).
  Result<Child> Spawn(const std::vector<std::string>& arguments, const std::vector<int>& fds);

  pid_t pid() const;

 private:
  explicit Spawner(std::shared_ptr<SpawnerChannel> channel) : channel_(std::move(channel)) {}
  std::shared_ptr<SpawnerChannel> channel_;
};

}  // namespace secai::sandbox
