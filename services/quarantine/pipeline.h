#pragma once

#include <chrono>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/clock.h"
#include "base/result.h"
#include "net/caller.h"
#include "quarantine/artifact_scanner.h"
#include "quarantine/claim_store.h"
#include "quarantine/config.h"
#include "quarantine/smoke_stage.h"
#include "quarantine/turnstile.h"

namespace secai::quarantine {

// What the pipeline works with. All outlive it; none is null.
struct PipelineParts {
  const QuarantineConfig* config;
  ClaimStore* store;
  ArtifactScanner* scanner;
  SmokeStage* smoke;
  net::Caller* audit;
  net::Caller* registry;
  const Clock* clock;
  boost::asio::thread_pool* pool;  // For hashing.
  std::chrono::milliseconds retry_pause{2000};
};

// Takes one received claim through the seven stages in order, and to the registry. The first
// failure stops it; nothing is promoted that has not passed all of them, and every step is in the
// journal and in the audit log before its consequence happens.
//
// What is missing for now (the audit room, memory for the probe) makes a claim wait; it goes on by
// itself. Thread-safety: the room's thread. Several claims run at a time; at most two are scanned,
// one is questioned.
class Pipeline {
 public:
  Pipeline(const boost::asio::any_io_executor& executor, PipelineParts parts);

  // Runs until the claim is promoted or rejected. Always from stage 1: after a restart nothing that
  // was found before is believed, and admitting the same digest twice is harmless.
  boost::asio::awaitable<void> Run(std::string id);

 private:
  struct Evidence;  // What the stages learned of the file in this run.

  boost::asio::awaitable<Result<>> RunStages(std::string id);
  boost::asio::awaitable<Result<>> RunScan(std::string id, Evidence* evidence);
  boost::asio::awaitable<Result<>> RunSmokeTest(std::string id, Evidence* evidence);
  boost::asio::awaitable<Result<>> Promote(std::string id, Evidence* evidence);

  // Marks stage `number` as running, in memory.
  void Begin(std::string_view id, int number);
  // Writes the stage's end to journal and audit log. Fails with kDenied after a refusal, so that
  // TRY stops.
  boost::asio::awaitable<Result<>> End(std::string id, int number, StageRecord record,
                                       Evidence* evidence);
  boost::asio::awaitable<Result<>> Reject(std::string id, Rejection rejection);
  boost::asio::awaitable<Result<>> Record(std::string event, boost::json::object fields);
  Result<> Change(std::string_view id, const std::function<void(Claim*)>& change);
  // The claim waits, and says why; returns when it is time to try again.
  boost::asio::awaitable<void> Wait(std::string id, std::string note);
  boost::asio::awaitable<Result<SmokeOutcome>> AskModel(std::string id, Evidence* evidence);

  PipelineParts parts_;
  Turnstile scans_;
  Turnstile probes_;
};

}  // namespace secai::quarantine
