#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "inference/worker_launcher.h"
#include "sandbox/spawner.h"

namespace secai::inference {

// Starts real processes through a spawner, which is forked before the room's sandbox is entered.
// Ownership: borrows the spawner.
class ProcessLauncher final : public WorkerLauncher {
 public:
  ProcessLauncher(boost::asio::any_io_executor executor, sandbox::Spawner* spawner)
      : executor_(std::move(executor)), spawner_(spawner) {}

  Result<std::unique_ptr<Worker>> Launch() override;
  Result<Loan> Lend() override;

 private:
  struct Started;
  Result<Started> Start();

  boost::asio::any_io_executor executor_;
  sandbox::Spawner* spawner_;
};

}  // namespace secai::inference
