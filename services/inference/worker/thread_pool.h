#pragma once

#include <memory>

struct ggml_threadpool;

namespace secai::inference {

struct ThreadPoolCloser {
  void operator()(ggml_threadpool* pool) const;
};

// The engine's compute threads. They sleep while there is nothing to do (no polling: on a busy host
// a spinning thread costs more than it gains).
using ThreadPool = std::unique_ptr<ggml_threadpool, ThreadPoolCloser>;

// Starts `threads` (>= 1), the caller's own included. Null when the host gives none.
ThreadPool StartThreadPool(int threads);

// CPUs that this process may use: 1 to 64.
int UsableCpus();

}  // namespace secai::inference
