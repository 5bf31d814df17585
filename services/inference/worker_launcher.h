#pragma once

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/caller.h"

namespace secai::inference {

// One running inference-worker. Destroying it ends the process.
// Thread-safety: the room's one thread.
class Worker {
 public:
  Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  virtual ~Worker() = default;

  // Its protocol (docs/links.md, "worker").
  virtual net::Caller& calls() = 0;
  // Hangs up and kills it. Calls under way fail.
  virtual void End() = 0;
  // Returns when its link has closed, for whatever reason.
  virtual boost::asio::awaitable<void> WaitClosed() = 0;
  // How the process ended ("signal 9"), or "" while it runs.
  virtual std::string ending() = 0;
};

// A worker whose link is somebody else's: only its life is watched here.
class LentWorker {
 public:
  LentWorker() = default;
  LentWorker(const LentWorker&) = delete;
  LentWorker& operator=(const LentWorker&) = delete;
  virtual ~LentWorker() = default;

  virtual boost::asio::awaitable<void> WaitEnded() = 0;
};

struct Loan {
  UniqueFd socket;  // The other end of the worker's.
  std::unique_ptr<LentWorker> worker;
};

// Starts workers. An interface, so that tests can stand in for the process.
class WorkerLauncher {
 public:
  WorkerLauncher() = default;
  WorkerLauncher(const WorkerLauncher&) = delete;
  WorkerLauncher& operator=(const WorkerLauncher&) = delete;
  virtual ~WorkerLauncher() = default;

  // Errors: kUnavailable when the process can not be started. Both block for about 1 ms.
  virtual Result<std::unique_ptr<Worker>> Launch() = 0;
  virtual Result<Loan> Lend() = 0;
};

}  // namespace secai::inference
