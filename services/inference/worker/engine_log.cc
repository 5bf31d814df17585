#include "inference/worker/engine_log.h"

#include <chrono>
#include <mutex>

#include <llama.h>
#include <log.h>

#include "base/log.h"

namespace secai::inference {
namespace {

constexpr std::uint32_t kBurst = 20;
constexpr std::chrono::milliseconds kInterval{3000};
constexpr std::size_t kMaxLineBytes = 200;

struct Limiter {
  std::mutex mutex;
  log::RateLimit limit{kBurst, kInterval};
};

void OnEngineLine(ggml_log_level level, const char* text, void* opaque) {
  if (level != GGML_LOG_LEVEL_WARN && level != GGML_LOG_LEVEL_ERROR) return;
  auto* const limiter = static_cast<Limiter*>(opaque);
  const std::scoped_lock lock(limiter->mutex);
  const auto suppressed = limiter->limit.Admit(std::chrono::steady_clock::now());
  if (!suppressed) return;
  // Names and values of a model's metadata may stand in it; log::Field escapes them.
  log::Warn(
      "inference_worker.engine_warned",
      {{"text", std::string_view(text).substr(0, kMaxLineBytes)}, {"suppressed", *suppressed}});
}

}  // namespace

void RouteEngineLog() {
  static Limiter limiter;  // The engine's callback is one for the process as well.
  llama_log_set(OnEngineLine, &limiter);
  common_log_set_verbosity_thold(-1);
}

}  // namespace secai::inference
