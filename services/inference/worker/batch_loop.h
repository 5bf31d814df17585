#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "inference/worker/engine_model.h"
#include "inference/worker/generation.h"
#include "inference/worker/slot_table.h"
#include "inference/worker/thread_tuner.h"

struct llama_batch;

namespace secai::inference {

// Computes many generations at once: each step decodes one batch with the next token of every
// running generation and, in what room is left, pieces of the prompts of new ones (continuous
// batching). While others run, a prompt advances by at most 128 tokens a step, so that their
// streams do not stall. A prompt that begins like what its sequence still holds is not computed
// again (slot_table.h).
//
// Thread-safety: Submit, Cancel, Stop and state from any thread; Run and WarmUp on the one thread
// that owns the model's context.
class BatchLoop {
 public:
  static constexpr std::size_t kMaxWaiting = 256;

  struct State {
    std::size_t busy = 0;    // Sequences in use.
    std::size_t queued = 0;  // Generations that wait for one.
    std::size_t sequences = 0;
    double tokens_per_second = 0;  // Of the last generation that ended, all running ones together.
    int threads = 1;               // In use; found by measuring.
  };

  // Both must outlive the loop.
  BatchLoop(EngineModel* model, std::size_t sequences, int max_threads, GenerationSink* sink);
  ~BatchLoop();
  BatchLoop(const BatchLoop&) = delete;
  BatchLoop& operator=(const BatchLoop&) = delete;

  // Decodes some tokens of no meaning, to find the number of threads. Before Run().
  // Errors: kInternal when the model can not decode at all.
  Result<> WarmUp();

  // Errors: kUnavailable "queue is full".
  Result<> Submit(std::unique_ptr<Generation> generation);

  // Frees the generation's sequence before the next step; nothing more of it is sent after that.
  // Does nothing when it has ended.
  void Cancel(std::uint64_t id);

  void Stop();
  State state() const;

  // Works until Stop().
  void Run();

 private:
  // A generation that has a sequence.
  struct Active {
    std::unique_ptr<Generation> generation;
    std::size_t slot = 0;
    std::size_t prompt_done = 0;  // Tokens of the prompt that are in the engine's memory.
    Token next = -1;              // Sampled, not yet decoded.
    std::int32_t row = -1;        // Of the step's batch: where its logits are.
  };

  bool WaitForWork();  // False when stopped.
  void StartWaiting();
  void DropCancelled();
  void FillBatch();
  void AddToBatch(Active* active, Token token, bool wants_logits);
  bool Decode();
  void TakeToken(Active* active);
  void End(Active* active, bool is_complete);
  void FailAll(const Error& error);
  void Release(Active* active);
  void RemoveEnded();

  EngineModel* model_;
  GenerationSink* sink_;
  SlotTable slots_;
  ThreadTuner tuner_;
  std::unique_ptr<llama_batch> batch_;
  std::vector<Active> active_;

  mutable std::mutex mutex_;  // Guards all below.
  std::condition_variable wake_;
  std::deque<std::unique_ptr<Generation>> waiting_;
  std::vector<std::uint64_t> cancelled_;
  bool is_stopped_ = false;
  State state_;
};

}  // namespace secai::inference
