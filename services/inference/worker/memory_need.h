#pragma once

#include <cstdint>

#include "base/result.h"
#include "inference/worker/engine_model.h"
#include "inference/worker/weight_source.h"

namespace secai::inference {

// What a model will take of this process's memory. Bytes.
struct MemoryNeed {
  std::uint64_t weights_bytes = 0;   // Repacked for this CPU.
  std::uint64_t context_bytes = 0;   // What is remembered of all sequences.
  std::uint64_t compute_bytes = 0;   // Scratch of a step.
  std::uint32_t context_tokens = 0;  // Of one sequence, as it will be.
};

// Asks the engine, which goes through all the motions of loading without reading weights or taking
// the memory. Errors: as EngineModel::Load. Trust: every byte of `source` comes from outside.
Result<MemoryNeed> EstimateMemory(WeightSource* source, const LoadOptions& options);

// The most memory this process has ever used (ru_maxrss, getrusage(2)), in bytes.
std::uint64_t PeakMemoryBytes();

}  // namespace secai::inference
