#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "base/result.h"
#include "base/unique_fd.h"
#include "inference/config.h"
#include "inference/fit.h"
#include "inference/memory_info.h"
#include "inference/restart_backoff.h"
#include "inference/worker_launcher.h"
#include "net/caller.h"
#include "net/signal.h"

namespace secai::inference {

// One model that somebody asked for, and its process while it is loaded.
struct Model {
  enum class Phase : std::uint8_t { kUnloaded, kLoading, kLoaded, kFailed };

  std::string sha256;
  std::string name;
  Phase phase = Phase::kUnloaded;
  double progress = 0;             // 0 to 1
  std::string error;               // Why the last load or process ended badly.
  std::shared_ptr<Worker> worker;  // Of kLoaded; also for a while in kLoading.
  boost::json::object facts;       // What worker.load told.
  std::uint32_t wanted_context_tokens = 0;
  std::uint32_t sequences = 0;
  std::optional<ModelNeed> need;
  double tokens_per_second = 0;  // Of the last answer.
  std::size_t active = 0;        // Requests that were taken and have not ended.
  std::uint64_t last_used = 0;
  RestartBackoff backoff;
  std::uint64_t load_number = 0;  // Tells an overtaken load from the present one.

  std::size_t busy() const { return active < sequences ? active : sequences; }
  std::size_t queued() const { return active - busy(); }
};

// Which models are loaded: loads them from the registry when they are asked for, makes room by
// unloading the one unused for longest, and notices when a process ends.
// Thread-safety: the room's one thread. Ownership: borrows all of Options.
class Models {
 public:
  struct Options {
    boost::asio::any_io_executor executor;
    InferenceConfig config;
    WorkerLauncher* launcher = nullptr;
    net::Caller* registry = nullptr;
    net::Caller* audit = nullptr;
    const MemoryInfo* memory = nullptr;
    // Runs a coroutine of its own (ServiceContext::Spawn).
    std::function<void(std::string_view, boost::asio::awaitable<void>)> spawn;
  };

  explicit Models(Options options);

  // Returns the model when it is loaded; loads it first when it is not. `context_tokens` 0: as it
  // is loaded, or the default; another number than the loaded one loads it anew when nobody uses
  // it. Errors: kNotFound; kInvalidArgument when no engine runs it; kUnavailable when memory does
  // not suffice, loading failed or the process keeps ending.
  boost::asio::awaitable<Result<std::shared_ptr<Model>>> Load(std::string sha256,
                                                              std::uint32_t context_tokens);

  // Ends the model's process; requests under way fail. Ok when it is not loaded.
  boost::asio::awaitable<Result<>> Unload(std::string sha256);

  // Whether and how the model would fit now. Errors: as Load.
  boost::asio::awaitable<Result<boost::json::object>> Estimate(std::string sha256);

  // The record of a model, made when it is new. No process is started.
  std::shared_ptr<Model> Find(const std::string& sha256);

  boost::json::object States() const;
  // Compute threads of the loaded models: the most any of them uses.
  std::uint64_t ThreadsInUse() const;
  // Says that a state changed; wakes watchers. Called for counts, too.
  void Changed();
  // Returns when the states have changed since `version`; gives the new version.
  boost::asio::awaitable<std::uint64_t> WaitChange(std::uint64_t version);

  // Bytes that may be used without touching the reserve. Errors: kInternal.
  Result<std::uint64_t> UsableBytes() const;

 private:
  using ModelPointer = std::shared_ptr<Model>;

  boost::asio::awaitable<void> RunLoad(ModelPointer model, std::uint64_t load_number);
  boost::asio::awaitable<Result<>> TryLoad(ModelPointer model);
  boost::asio::awaitable<Result<UniqueFd>> Open(ModelPointer model, std::uint64_t size);
  boost::asio::awaitable<Result<ModelNeed>> AskNeed(Worker* worker, const UniqueFd* memory,
                                                    std::uint32_t context_tokens);
  boost::asio::awaitable<Result<>> LoadInto(ModelPointer model, std::shared_ptr<Worker> worker,
                                            UniqueFd memory);
  boost::asio::awaitable<Result<>> MakeRoom(ModelPointer for_model, std::uint64_t bytes);
  boost::asio::awaitable<void> Watch(ModelPointer model, std::shared_ptr<Worker> worker);
  // Ends a process that does not answer: a template or a schema may keep it busy for ever.
  boost::asio::awaitable<void> Monitor(ModelPointer model, std::shared_ptr<Worker> worker);
  // Tells the audit room, without waiting for it.
  void Record(std::string event, const Model& model, std::string reason);
  boost::asio::awaitable<void> SendRecord(boost::json::object record);
  static void EndProcess(Model* model);
  boost::asio::awaitable<void> Sleep(std::chrono::milliseconds time);
  boost::asio::awaitable<Result<boost::json::object>> Entry(std::string sha256);
  ModelPointer LeastRecentlyUsedIdle(const Model* except) const;
  std::size_t LoadedCount(const Model* except) const;

  Options options_;
  std::map<std::string, ModelPointer, std::less<>> models_;
  net::Signal changed_;
  std::uint64_t version_ = 1;
  std::uint64_t uses_ = 0;
  bool is_making_room_ = false;
};

}  // namespace secai::inference
