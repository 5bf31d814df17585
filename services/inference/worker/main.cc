#include <cstdlib>
#include <ctime>
#include <latch>
#include <memory>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <llama.h>
#include <unistd.h>

#include <ggml-backend.h>

#include "base/log.h"
#include "base/random.h"
#include "inference/worker/engine_log.h"
#include "inference/worker/sandbox.h"
#include "inference/worker/thread_pool.h"
#include "inference/worker/worker_server.h"
#include "net/blocking_link.h"
#include "net/message.h"
#include "sandbox/enter_sandbox.h"

// inference-worker: runs one model. Started by the room `inference` with its socket as
// descriptor 3.
int main() {
  using namespace secai;
  log::SetRoom("inference-worker");
  constexpr int kSocket = 3;
  if (::fcntl(kSocket, F_GETFD) < 0) {
    log::Error("inference_worker.usage",
               {{"reason", "descriptor 3 must be the socket of the room"}});
    return 2;
  }

  // Else the engine forks a debugger when it aborts.
  (void)::setenv("GGML_NO_BACKTRACE", "1", 1);  // Fails for a bad name only.
  ::tzset();                                    // Else the first localtime() opens files.
  inference::RouteEngineLog();

  net::BlockingLink link(UniqueFd(kSocket), net::kChatMaxFrameBytes);
  SystemRandom random;
  inference::ThreadPool pool;
  const int threads = inference::UsableCpus();
  std::unique_ptr<inference::WorkerServer> server;
  std::latch is_confined(1);
  const auto start_threads = [&]() -> Result<> {
    pool = inference::StartThreadPool(threads);
    if (pool == nullptr) return Fail(ErrorCode::kInternal, "the engine's threads could not start");
    llama_backend_init();
    (void)ggml_backend_reg_count();  // Looks for devices once, now.
    server = std::make_unique<inference::WorkerServer>(inference::WorkerServer::Options{
        .link = &link,
        .pool = pool.get(),
        .pool_threads = threads,
        .random = &random,
        // The room is gone or has had enough: nothing is left to do.
        .on_hang_up = [] { ::_exit(0); }});
    // Waits outside, for the filter must reach it as well.
    std::thread([&] {
      is_confined.wait();
      server->Read();
    }).detach();  // The process ends with it, or before.
    return Ok();
  };
  if (auto confined =
          sandbox::EnterSandbox(inference::WorkerSandbox(), sandbox::ProbeKernel(), start_threads);
      !confined.has_value()) {
    log::Error("inference_worker.not_confined", {{"reason", confined.error().message}});
    ::_exit(1);
  }
  // From here on: memory and one socket. Not one byte of the model or of the room was read so far.
  is_confined.count_down();
  server->Run();
  ::_exit(1);  // The model could not be loaded; the room knows why.
}
