#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "inference/api/generate.h"
#include "inference/worker/answer_stream.h"
#include "inference/worker/engine_model.h"
#include "inference/worker/sampler.h"

namespace secai::inference {

enum class FinishReason : std::uint8_t { kStop, kLength, kToolCalls };
std::string_view FinishReasonName(FinishReason reason);

// How a generation ended. Times of this worker's own clock.
struct GenerationSummary {
  FinishReason reason = FinishReason::kStop;
  std::optional<std::string> stop_sequence;
  std::size_t prompt_tokens = 0;
  std::size_t completion_tokens = 0;
  std::size_t cached_tokens = 0;
  std::chrono::nanoseconds queue_time{0};
  std::chrono::nanoseconds prompt_time{0};
  std::chrono::nanoseconds decode_time{0};
  std::uint32_t seed = 0;
};

// Where a generation goes. Called from the loop's thread only; must not call the loop back. The
// last call is Finished or Failed, unless it was cancelled.
class GenerationSink {
 public:
  GenerationSink() = default;
  GenerationSink(const GenerationSink&) = delete;
  GenerationSink& operator=(const GenerationSink&) = delete;
  virtual ~GenerationSink() = default;

  virtual void Started(std::uint64_t id, const GenerationSummary& so_far) = 0;
  virtual void Piece(std::uint64_t id, const AnswerPiece& piece) = 0;
  virtual void Finished(std::uint64_t id, const GenerationSummary& summary) = 0;
  virtual void Failed(std::uint64_t id, Error error) = 0;
};

// One request, ready to be computed: its prompt in tokens, its sampler, its answer's stream.
struct Generation {
  std::uint64_t id = 0;
  std::string identity;
  std::vector<Token> prompt;  // At least one token, less than the context.
  std::size_t max_tokens = 0;
  std::vector<std::string> request_stops;  // Of these, the reply tells which one ended it.
  std::unique_ptr<Sampler> sampler;
  std::unique_ptr<AnswerStream> stream;
  GenerationSummary summary;
  std::chrono::steady_clock::time_point submitted_at;
  std::chrono::steady_clock::time_point started_at;
  std::chrono::steady_clock::time_point first_token_at;
};

// Makes `request` ready for `model`. CPU time in the length of the request: on the reading thread,
// not on the loop's. `random` gives the seed where the request has none, and ids of tool calls; it
// is used later on the loop's thread too, so it must be safe from any thread, and outlive the
// generation. Errors: kInvalidArgument "prompt of N tokens is over the context of M", for what the
// template or the engine refuses, and for a model that does not generate text.
Result<std::unique_ptr<Generation>> PrepareGeneration(const EngineModel& model,
                                                      const GenerateRequest& request,
                                                      std::uint64_t id, Random* random);

// The tokens of a prompt as PrepareGeneration counts them; at most 512 KiB of text. Same errors,
// but for the context.
Result<std::vector<Token>> TokenizeRequest(const EngineModel& model,
                                           const GenerateRequest& request);

}  // namespace secai::inference
