#include "inference/worker/thread_pool.h"

#include <algorithm>

#include <sched.h>

#include <ggml-cpu.h>

namespace secai::inference {
namespace {

constexpr int kMaxThreads = 64;

}  // namespace

void ThreadPoolCloser::operator()(ggml_threadpool* pool) const { ggml_threadpool_free(pool); }

ThreadPool StartThreadPool(int threads) {
  ggml_threadpool_params params = ggml_threadpool_params_default(threads);
  params.poll = 0;
  return ThreadPool(ggml_threadpool_new(&params));
}

int UsableCpus() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  if (::sched_getaffinity(0, sizeof cpus, &cpus) != 0) return 1;
  return std::clamp(CPU_COUNT(&cpus), 1, kMaxThreads);
}

}  // namespace secai::inference
