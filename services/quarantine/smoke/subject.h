#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/result.h"
#include "inference/api/generate.h"

namespace secai::quarantine {

// What a model answered, or how it failed to.
struct SmokeAnswer {
  enum class End : std::uint8_t {
    kStop,    // It ended by itself, at a stop sequence, or with a tool call.
    kLength,  // The token limit ended it.
    kHang,    // Nothing came for too long, or it went on over the budget.
    kCrash,   // The worker is gone, or answered with an error of its own.
  };
  End end = End::kStop;
  std::string text;  // Reasoning in front: a reasoning channel counts as output.
  std::vector<inference::ToolCall> tool_calls;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
  std::chrono::milliseconds decode{0};
  std::string failure;  // Of kHang and kCrash: one sentence.
};

// The model in question: a confined worker, or a script in tests. One question at a time.
// Thread-safety: one thread only.
class SmokeSubject {
 public:
  SmokeSubject() = default;
  SmokeSubject(const SmokeSubject&) = delete;
  SmokeSubject& operator=(const SmokeSubject&) = delete;
  virtual ~SmokeSubject() = default;

  // Asks; takes at most `budget` (then kHang). Never fails otherwise: what goes wrong is the
  // answer's `end`.
  virtual boost::asio::awaitable<SmokeAnswer> Ask(inference::GenerateRequest request,
                                                  std::chrono::milliseconds budget) = 0;
};

}  // namespace secai::quarantine
