#include "inference/worker/memory_need.h"

#include <llama.h>
#include <sys/resource.h>

#include <llama-ext.h>

namespace secai::inference {

Result<MemoryNeed> EstimateMemory(WeightSource* source, const LoadOptions& options) {
  TRY_ASSIGN(const auto sizes, EngineModel::LoadSizesOnly(source, options));
  MemoryNeed need;
  for (const auto& [kind, bytes] : llama_get_memory_breakdown(sizes->context())) {
    need.weights_bytes += bytes.model;
    need.context_bytes += bytes.context;
    need.compute_bytes += bytes.compute;
  }
  need.context_tokens = llama_n_ctx_seq(sizes->context());
  return need;
}

std::uint64_t PeakMemoryBytes() {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace secai::inference
