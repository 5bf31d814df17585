#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "base/result.h"
#include "inference/worker/batch_loop.h"
#include "inference/worker/engine_model.h"
#include "inference/worker/generation.h"
#include "inference/worker/memory_need.h"

namespace secai::inference {

// The bodies of the worker's messages (docs/links.md, "worker"). Thread-safety: pure functions.

struct LoadRequest {
  std::uint32_t context_tokens = 0;  // 0: as trained.
  std::uint32_t sequences = 4;       // 1 to 64
  std::uint32_t threads = 0;         // At most; 0: as many as there are CPUs.
  std::string name;                  // For logs.
};

// Errors: kInvalidArgument, naming the member.
Result<LoadRequest> ParseLoadRequest(const boost::json::object& body);

boost::json::object StartedItem(const GenerationSummary& summary);
boost::json::object PieceItem(const AnswerPiece& piece);
boost::json::object FinishedReply(const GenerationSummary& summary);
boost::json::object LoadedReply(const ModelInfo& info, const BatchLoop::State& state,
                                std::uint64_t peak_bytes);
boost::json::object EstimateReply(const MemoryNeed& need, std::uint64_t file_bytes);
boost::json::object StateReply(const BatchLoop::State& state);
boost::json::object TokensReply(const std::vector<Token>& tokens);

}  // namespace secai::inference
