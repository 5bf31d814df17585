#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace secai::inference {

// The limits of the room.
struct InferenceConfig {
  std::size_t max_loaded_models = 2;
  std::uint32_t sequences = 4;   // Requests that one model computes at once.
  std::size_t queue_limit = 64;  // Requests that wait for one model; one more is refused.
  std::uint32_t context_tokens =
      4096;  // Of one request, unless asked for more; never over the model's.
  std::uint32_t max_context_tokens = 1 << 20;
  std::size_t max_probes = 2;  // Models that quarantine tries at one time.
  std::uint64_t memory_reserve_bytes = std::uint64_t{256} << 20;  // Stays free for everybody else.

  std::chrono::milliseconds registry_budget{std::chrono::minutes(10)};  // A large model is hashed.
  std::chrono::milliseconds estimate_budget{std::chrono::minutes(1)};
  std::chrono::milliseconds load_silence_budget{
      std::chrono::minutes(5)};  // Between two signs of progress.
  std::chrono::milliseconds answer_silence_budget{std::chrono::minutes(10)};  // Between two tokens.
  std::chrono::milliseconds monitor_interval{
      std::chrono::seconds(15)};  // Between two looks at a worker,
  std::chrono::milliseconds monitor_budget{std::chrono::seconds(60)};  // and for its answer.
  std::chrono::milliseconds quick_budget{std::chrono::seconds(30)};    // Tokenising, states.
};

}  // namespace secai::inference
