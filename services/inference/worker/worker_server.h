#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "base/random.h"
#include "base/result.h"
#include "inference/worker/batch_loop.h"
#include "inference/worker/engine_model.h"
#include "inference/worker/generation.h"
#include "inference/worker/worker_messages.h"
#include "net/blocking_link.h"

namespace secai::inference {

// The worker's one connection: loads one model, then answers calls about it (docs/links.md,
// "worker").
//
// Two threads: Read() on a thread of its own, which parses, tokenises and cancels; Run() on the
// main thread, which loads and computes, and sends. Answers are sent while computing: the other
// side must read. When it hangs up, `on_hang_up` is called from whichever thread saw it, and must
// not return.
class WorkerServer final : private GenerationSink {
 public:
  struct Options {
    net::BlockingLink* link = nullptr;
    ggml_threadpool* pool = nullptr;
    int pool_threads = 1;
    Random* random = nullptr;  // Safe from any thread.
    std::function<void()> on_hang_up;
  };

  // All that `options` points to must outlive the server.
  explicit WorkerServer(Options options) : options_(std::move(options)) {}

  // Receives until the other side hangs up or breaks the protocol.
  void Read();

  // Waits for worker.load, loads, and serves for good. Returns only when the load failed (the
  // caller has been told).
  void Run();

 private:
  struct PendingLoad {
    std::uint64_t id = 0;
    bool is_estimate = false;  // Only how much memory it would take.
    LoadRequest request;
    UniqueFd memory;
  };

  void Started(std::uint64_t id, const GenerationSummary& so_far) override;
  void Piece(std::uint64_t id, const AnswerPiece& piece) override;
  void Finished(std::uint64_t id, const GenerationSummary& summary) override;
  void Failed(std::uint64_t id, Error error) override;

  void OnCall(net::Envelope call);
  Result<> OnLoad(net::Envelope* call, bool is_estimate);
  Result<> OnGenerate(const net::Envelope& call);
  Result<boost::json::object> OnTokenize(const boost::json::object& body);
  PendingLoad NextLoad();
  Result<boost::json::object> Estimate(PendingLoad load);
  Result<> Load(PendingLoad load);
  LoadOptions OptionsFor(const LoadRequest& request) const;

  // The loop, once the model is loaded. Errors: kUnavailable before.
  Result<BatchLoop*> ReadyLoop();
  void Send(net::Envelope::Kind kind, std::uint64_t id, boost::json::object body);
  void SendError(std::uint64_t id, Error error);
  void SendEnvelope(net::Envelope envelope);

  Options options_;
  std::mutex send_mutex_;

  std::mutex mutex_;  // Guards all below; model and loop never change once they are set.
  std::condition_variable has_load_;
  bool was_asked_to_load_ = false;
  std::optional<PendingLoad> load_;
  std::unique_ptr<EngineModel> model_;
  std::unique_ptr<BatchLoop> loop_;
};

}  // namespace secai::inference
