#pragma once

#include <chrono>

#include <boost/asio/any_io_executor.hpp>

#include "base/random.h"
#include "net/caller.h"
#include "quarantine/smoke_stage.h"

namespace secai::quarantine {

struct ConfinedSmokeConfig {
  bool is_strict = false;
  double max_flag_rate = 0.3;
  int max_critical_flags = 1;
  // Of all prompts; the policy's quarantine.timeout_minutes divided by two, since hashing, scanning
  // and admitting need their part of it.
  std::chrono::milliseconds time_box{std::chrono::minutes(15)};
};

// Stage 6 for real: borrows a worker from the inference room, loads the model into it, runs
// SmokeTest, and hangs up, which ends the worker. `inference` and `random` must outlive it.
// Thread-safety: the executor's thread only; several Run() at one time are several workers.
class ConfinedSmokeStage final : public SmokeStage {
 public:
  ConfinedSmokeStage(boost::asio::any_io_executor executor, net::Caller* inference, Random* random,
                     ConfinedSmokeConfig config)
      : executor_(std::move(executor)), inference_(inference), random_(random), config_(config) {}

  // Findings beyond SmokeTest's: B-LOAD when the engine refuses the model.
  boost::asio::awaitable<Result<SmokeOutcome>> Run(SmokeOrder order, OnProgress progress) override;

 private:
  boost::asio::any_io_executor executor_;
  net::Caller* inference_;
  Random* random_;
  ConfinedSmokeConfig config_;
};

// Loads the model into `worker` and questions it: Run() without the borrowing, for any worker.
// `worker` and `random` must live until the coroutine has finished.
boost::asio::awaitable<SmokeOutcome> QuestionWorker(net::Caller* worker, Random* random,
                                                    ConfinedSmokeConfig config, SmokeOrder order,
                                                    SmokeStage::OnProgress progress);

}  // namespace secai::quarantine
