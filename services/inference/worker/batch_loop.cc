#include "inference/worker/batch_loop.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <llama.h>

namespace secai::inference {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int32_t kBatchTokens = 512;
constexpr std::int32_t kPromptTokensBesideOthers = 128;
constexpr int kMaxWarmUpSteps = 64;

double PerSecond(std::size_t count, std::chrono::nanoseconds time) {
  return time.count() <= 0 ? 0
                           : static_cast<double>(count) * 1e9 / static_cast<double>(time.count());
}

}  // namespace

BatchLoop::BatchLoop(EngineModel* model, std::size_t sequences, int max_threads,
                     GenerationSink* sink)
    : model_(model),
      sink_(sink),
      slots_(sequences),
      tuner_(max_threads),
      batch_(std::make_unique<llama_batch>(llama_batch_init(kBatchTokens, 0, 1))) {
  state_.sequences = sequences;
}

BatchLoop::~BatchLoop() { llama_batch_free(*batch_); }

Result<> BatchLoop::WarmUp() {
  if (!model_->info().generates_text) return Ok();
  Active nobody{.generation = {}, .slot = 0};
  const auto limit = static_cast<int>(model_->info().context_tokens) - 1;
  for (int step = 0; step < std::min(kMaxWarmUpSteps, limit); ++step) {
    if (step > 0 && tuner_.is_settled()) break;
    batch_->n_tokens = 0;
    AddToBatch(&nobody, 0, true);
    if (!Decode()) return Fail(ErrorCode::kInternal, "the model can not compute a token");
  }
  llama_memory_clear(llama_get_memory(model_->context()), true);
  slots_.Forget(0);
  const std::scoped_lock lock(mutex_);
  state_.threads = tuner_.threads();
  return Ok();
}

Result<> BatchLoop::Submit(std::unique_ptr<Generation> generation) {
  generation->submitted_at = Clock::now();
  {
    const std::scoped_lock lock(mutex_);
    if (waiting_.size() >= kMaxWaiting) return Fail(ErrorCode::kUnavailable, "queue is full");
    waiting_.push_back(std::move(generation));
    state_.queued = waiting_.size();
  }
  wake_.notify_one();
  return Ok();
}

void BatchLoop::Cancel(std::uint64_t id) {
  {
    const std::scoped_lock lock(mutex_);
    if (std::erase_if(waiting_, [&](const auto& waiting) { return waiting->id == id; }) > 0) {
      state_.queued = waiting_.size();
      return;
    }
    cancelled_.push_back(id);
  }
  wake_.notify_one();
}

void BatchLoop::Stop() {
  {
    const std::scoped_lock lock(mutex_);
    is_stopped_ = true;
  }
  wake_.notify_one();
}

BatchLoop::State BatchLoop::state() const {
  const std::scoped_lock lock(mutex_);
  return state_;
}

void BatchLoop::Run() {
  while (WaitForWork()) {
    DropCancelled();
    StartWaiting();
    if (active_.empty()) continue;
    FillBatch();
    if (!Decode()) {
      FailAll(Error{ErrorCode::kInternal, "the engine could not compute the next token"});
      continue;
    }
    for (Active& active : active_) {
      if (active.row >= 0) TakeToken(&active);
    }
    RemoveEnded();
  }
}

bool BatchLoop::WaitForWork() {
  std::unique_lock lock(mutex_);
  state_.busy = active_.size();
  state_.threads = tuner_.threads();
  wake_.wait(lock, [&] {
    return is_stopped_ || !active_.empty() || !waiting_.empty() || !cancelled_.empty();
  });
  return !is_stopped_;
}

void BatchLoop::DropCancelled() {
  std::vector<std::uint64_t> cancelled;
  {
    const std::scoped_lock lock(mutex_);
    cancelled.swap(cancelled_);
  }
  for (const std::uint64_t id : cancelled) {
    for (Active& active : active_) {
      if (active.generation != nullptr && active.generation->id == id) Release(&active);
    }
  }
  RemoveEnded();
}

void BatchLoop::StartWaiting() {
  while (true) {
    std::unique_ptr<Generation> generation;
    std::optional<SlotChoice> choice;
    {
      const std::scoped_lock lock(mutex_);
      if (waiting_.empty()) return;
      choice = slots_.Take(waiting_.front()->identity, waiting_.front()->prompt);
      if (!choice) return;
      generation = std::move(waiting_.front());
      waiting_.pop_front();
      state_.queued = waiting_.size();
    }
    llama_memory_t memory = llama_get_memory(model_->context());
    const auto sequence = static_cast<llama_seq_id>(choice->slot);
    // Some kinds of memory can not be cut in the middle: then nothing is reused.
    if (!llama_memory_seq_rm(memory, sequence, static_cast<llama_pos>(choice->reused_tokens), -1)) {
      llama_memory_seq_rm(memory, sequence, -1, -1);
      slots_.Forget(choice->slot);
      choice->reused_tokens = 0;
    }
    generation->started_at = Clock::now();
    generation->summary.queue_time = generation->started_at - generation->submitted_at;
    generation->summary.cached_tokens = choice->reused_tokens;
    sink_->Started(generation->id, generation->summary);
    active_.push_back({.generation = std::move(generation),
                       .slot = choice->slot,
                       .prompt_done = choice->reused_tokens});
  }
}

void BatchLoop::AddToBatch(Active* active, Token token, bool wants_logits) {
  std::vector<Token>& kept = slots_.at(active->slot).tokens;
  const std::int32_t row = batch_->n_tokens++;
  batch_->token[row] = token;
  batch_->pos[row] = static_cast<llama_pos>(kept.size());
  batch_->n_seq_id[row] = 1;
  batch_->seq_id[row][0] = static_cast<llama_seq_id>(active->slot);
  batch_->logits[row] = wants_logits ? 1 : 0;
  kept.push_back(token);
  active->row = wants_logits ? row : -1;
}

void BatchLoop::FillBatch() {
  batch_->n_tokens = 0;
  bool has_others = false;
  for (Active& active : active_) {
    active.row = -1;
    if (active.next < 0) continue;
    has_others = true;
    AddToBatch(&active, active.next, true);
  }
  std::int32_t room = (has_others ? kPromptTokensBesideOthers : kBatchTokens) - batch_->n_tokens;
  room = std::max(room, std::int32_t{1});
  for (Active& active : active_) {
    if (active.next >= 0) continue;
    const std::vector<Token>& prompt = active.generation->prompt;
    for (; active.prompt_done < prompt.size() && room > 0; --room) {
      const std::size_t at = active.prompt_done++;
      AddToBatch(&active, prompt[at], at + 1 == prompt.size());
    }
  }
  // Who comes first now comes last in the next step's room for prompts.
  if (active_.size() > 1) std::rotate(active_.begin(), active_.begin() + 1, active_.end());
}

bool BatchLoop::Decode() {
  const int threads = tuner_.threads();
  llama_set_n_threads(model_->context(), threads, threads);
  const Clock::time_point begin = Clock::now();
  const std::int32_t failed = llama_decode(model_->context(), *batch_);
  if (failed != 0) return false;
  tuner_.Record(static_cast<std::size_t>(batch_->n_tokens), Clock::now() - begin);
  return true;
}

void BatchLoop::TakeToken(Active* active) {
  Generation& generation = *active->generation;
  GenerationSummary& summary = generation.summary;
  const Clock::time_point now = Clock::now();
  if (summary.completion_tokens == 0) {
    generation.first_token_at = now;
    summary.prompt_time = now - generation.started_at;
  }
  const Result<Token> token = generation.sampler->Next(model_->context(), active->row);
  if (!token.has_value()) {
    sink_->Failed(generation.id, token.error());
    Release(active);
    return;
  }
  ++summary.completion_tokens;
  summary.decode_time = now - generation.first_token_at;
  const Vocabulary& vocabulary = model_->vocabulary();
  if (vocabulary.EndsGeneration(*token)) {
    End(active, /*is_complete=*/true);
    return;
  }
  const AnswerPiece piece =
      generation.stream->Push(vocabulary.Piece(*token, generation.sampler->Preserves(*token)));
  if (!piece.empty()) sink_->Piece(generation.id, piece);
  if (generation.stream->stopped()) {
    End(active, /*is_complete=*/true);
  } else if (summary.completion_tokens >= generation.max_tokens) {
    End(active, /*is_complete=*/false);
  } else {
    active->next = *token;
  }
}

void BatchLoop::End(Active* active, bool is_complete) {
  Generation& generation = *active->generation;
  const AnswerPiece last = generation.stream->Finish(is_complete);
  if (!last.empty()) sink_->Piece(generation.id, last);
  GenerationSummary& summary = generation.summary;
  summary.reason = is_complete ? FinishReason::kStop : FinishReason::kLength;
  if (is_complete && generation.stream->has_tool_calls()) summary.reason = FinishReason::kToolCalls;
  const auto& stopped = generation.stream->stopped();
  if (stopped &&
      std::ranges::find(generation.request_stops, *stopped) != generation.request_stops.end()) {
    summary.stop_sequence = stopped;
  }
  sink_->Finished(generation.id, summary);
  {
    const std::scoped_lock lock(mutex_);
    state_.tokens_per_second = PerSecond(summary.completion_tokens - 1, summary.decode_time) *
                               static_cast<double>(active_.size());
  }
  Release(active);
}

void BatchLoop::FailAll(const Error& error) {
  for (Active& active : active_) {
    if (active.generation == nullptr) continue;
    sink_->Failed(active.generation->id, error);
    // Unknown how much of the batch is in the engine's memory.
    llama_memory_seq_rm(llama_get_memory(model_->context()), static_cast<llama_seq_id>(active.slot),
                        -1, -1);
    slots_.Forget(active.slot);
    Release(&active);
  }
  RemoveEnded();
}

void BatchLoop::Release(Active* active) {
  slots_.Release(active->slot);
  active->generation.reset();
}

void BatchLoop::RemoveEnded() {
  std::erase_if(active_, [](const Active& active) { return active.generation == nullptr; });
}

}  // namespace secai::inference
