#include "inference/models.h"

#include <algorithm>
#include <utility>

#include <fcntl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "base/json_fields.h"
#include "base/log.h"
#include "storage/sealed_copy.h"

namespace secai::inference {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using std::chrono::milliseconds;

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
// How long the kernel may take to give back an ended process's memory, and to tell how it ended.
constexpr int kReleaseTries = 40;
constexpr milliseconds kReleaseStep{50};

std::string_view PhaseName(Model::Phase phase) {
  switch (phase) {
    case Model::Phase::kUnloaded:
      break;
    case Model::Phase::kLoading:
      return "loading";
    case Model::Phase::kLoaded:
      return "loaded";
    case Model::Phase::kFailed:
      return "failed";
  }
  return "unloaded";
}

json::object StateOf(const Model& model) {
  json::object state{{"sha256", model.sha256},
                     {"name", model.name},
                     {"state", PhaseName(model.phase)},
                     {"progress", model.progress}};
  if (!model.error.empty()) state["error"] = model.error;
  const auto context = GetOptionalUint(model.facts, "context_tokens");
  state["context_tokens"] = context.has_value() ? context->value_or(0) : 0;
  state["sequences"] = model.sequences;
  state["busy"] = model.busy();
  state["queued"] = model.queued();
  const auto peak = GetOptionalUint(model.facts, "peak_bytes");
  if (peak.has_value() && *peak && model.need) {
    state["peak_bytes"] = **peak + model.need->file_bytes;
  }
  if (model.need) state["estimate_bytes"] = model.need->peak_bytes();
  if (model.tokens_per_second > 0) state["tokens_per_second"] = model.tokens_per_second;
  return state;
}

tl::unexpected<Error> NoRoom(std::uint64_t needed, std::uint64_t usable) {
  return Fail(ErrorCode::kUnavailable,
              fmt::format("not enough memory: {} MiB are needed and {} MiB can be used",
                          (needed + kMebibyte - 1) / kMebibyte, usable / kMebibyte));
}

net::Message LoadMessage(const Model& model, std::uint32_t context, std::uint32_t sequences,
                         const UniqueFd& memory) {
  net::Message message;
  message.body = {
      {"context_tokens", context}, {"sequences", sequences}, {"threads", 0}, {"name", model.name}};
  message.fds.emplace_back(::fcntl(memory.get(), F_DUPFD_CLOEXEC, 0));
  return message;
}

}  // namespace

Models::Models(Options options) : options_(std::move(options)), changed_(options_.executor) {}

std::shared_ptr<Model> Models::Find(const std::string& sha256) {
  auto& model = models_[sha256];
  if (model == nullptr) {
    model = std::make_shared<Model>();
    model->sha256 = sha256;
  }
  return model;
}

void Models::Changed() {
  ++version_;
  changed_.Notify();
}

asio::awaitable<std::uint64_t> Models::WaitChange(std::uint64_t version) {
  while (version_ == version) co_await changed_.Wait();
  co_return version_;
}

json::object Models::States() const {
  json::array states;
  for (const auto& [sha256, model] : models_) {
    if (!model->name.empty()) states.push_back(StateOf(*model));
  }
  return {{"models", std::move(states)}};
}

Result<std::uint64_t> Models::UsableBytes() const {
  TRY_ASSIGN(const std::uint64_t available, options_.memory->AvailableBytes());
  return available - std::min(available, options_.config.memory_reserve_bytes);
}

asio::awaitable<Result<std::shared_ptr<Model>>> Models::Load(std::string sha256,
                                                             std::uint32_t context_tokens) {
  const ModelPointer model = Find(sha256);
  if (model->phase == Model::Phase::kLoaded && context_tokens != 0 &&
      context_tokens != model->wanted_context_tokens) {
    if (model->active > 0) {
      co_return Fail(ErrorCode::kUnavailable, "the model is in use with another context size");
    }
    CO_TRY(co_await Unload(sha256));
  }
  if (model->phase == Model::Phase::kUnloaded || model->phase == Model::Phase::kFailed) {
    const auto wait = model->backoff.WaitAt(std::chrono::steady_clock::now());
    if (wait.count() > 0) {
      co_return Fail(ErrorCode::kUnavailable,
                     fmt::format("the model's process keeps ending ({}); next try in {} s",
                                 model->error, wait.count()));
    }
    // The entry first: an unknown model leaves no trace, and its error is not "failed".
    const auto entry = co_await Entry(sha256);
    if (!entry.has_value()) co_return tl::unexpected<Error>(entry.error());
    CO_TRY_ASSIGN(model->name, GetString(*entry, "name"));
  }
  if (model->phase == Model::Phase::kUnloaded || model->phase == Model::Phase::kFailed) {
    model->phase = Model::Phase::kLoading;
    model->progress = 0;
    model->error.clear();
    model->wanted_context_tokens =
        context_tokens == 0 ? options_.config.context_tokens : context_tokens;
    Changed();
    // On its own: who asked may leave, others may wait for the same.
    options_.spawn("load", RunLoad(model, ++model->load_number));
  }
  while (model->phase == Model::Phase::kLoading) co_await changed_.Wait();
  if (model->phase != Model::Phase::kLoaded) {
    co_return Fail(ErrorCode::kUnavailable, "the model could not be loaded: " +
                                                (model->error.empty() ? "unloaded" : model->error));
  }
  model->last_used = ++uses_;
  co_return model;
}

asio::awaitable<Result<json::object>> Models::Entry(std::string sha256) {
  net::Message request;
  request.body["sha256"] = std::move(sha256);
  CO_TRY_ASSIGN(net::Message answer,
                co_await options_.registry->Call("registry.get", std::move(request),
                                                 options_.config.quick_budget));
  CO_TRY_ASSIGN(const json::object* const entry, GetObject(answer.body, "model"));
  CO_TRY_ASSIGN(const std::string status, GetString(*entry, "status"));
  CO_TRY_ASSIGN(const bool runnable, GetBool(*entry, "runnable"));
  if (status != "admitted") co_return Fail(ErrorCode::kDenied, "the model was withdrawn");
  if (!runnable)
    co_return Fail(ErrorCode::kInvalidArgument, "no engine runs models of this format");
  co_return *entry;
}

asio::awaitable<void> Models::RunLoad(ModelPointer model, std::uint64_t load_number) {
  const Result<> loaded = co_await TryLoad(model);
  if (model->load_number != load_number || model->phase != Model::Phase::kLoading) {
    co_return;  // Unloaded meanwhile, and perhaps loading again.
  }
  if (!loaded.has_value()) {
    model->phase = Model::Phase::kFailed;
    model->error = loaded.error().message;
    EndProcess(model.get());
    log::Warn("inference.load_failed", {{"model", model->name}, {"reason", model->error}});
    Changed();
    Record("inference.load_failed", *model, model->error);
    co_return;
  }
  model->phase = Model::Phase::kLoaded;
  model->progress = 1;
  model->last_used = ++uses_;
  options_.spawn("watch", Watch(model, model->worker));
  options_.spawn("monitor", Monitor(model, model->worker));
  Changed();
  Record("inference.loaded", *model, {});
}

asio::awaitable<Result<>> Models::TryLoad(ModelPointer model) {
  CO_TRY_ASSIGN(const json::object entry, co_await Entry(model->sha256));
  CO_TRY_ASSIGN(const std::uint64_t size, GetUint(entry, "size"));
  // A copy in sealed memory and the weights in the worker, at least.
  CO_TRY(co_await MakeRoom(model, size * 2));
  CO_TRY_ASSIGN(UniqueFd memory, co_await Open(model, size));
  if (model->phase != Model::Phase::kLoading) co_return Fail(ErrorCode::kUnavailable, "unloaded");
  CO_TRY_ASSIGN(std::shared_ptr<Worker> worker, options_.launcher->Launch());
  model->worker = worker;
  const auto need = co_await AskNeed(worker.get(), &memory, model->wanted_context_tokens);
  if (!need.has_value()) {
    const std::string ending = worker->ending();
    if (!ending.empty()) model->backoff.RecordEnd(std::chrono::steady_clock::now());
    co_return tl::unexpected<Error>(need.error());
  }
  model->need = *need;
  // The sealed copy exists already.
  CO_TRY(co_await MakeRoom(model, need->peak_bytes() - need->file_bytes));
  co_return co_await LoadInto(model, std::move(worker), std::move(memory));
}

asio::awaitable<Result<UniqueFd>> Models::Open(ModelPointer model, std::uint64_t size) {
  net::Message request;
  request.body["sha256"] = model->sha256;
  CO_TRY_ASSIGN(net::Message opened,
                co_await options_.registry->Call("registry.open", std::move(request),
                                                 options_.config.registry_budget));
  if (opened.fds.size() != 1) co_return Fail(ErrorCode::kCorrupt, "the registry sent no model");
  UniqueFd memory = std::move(opened.fds.front());
  CO_TRY(storage::CheckSealed(memory.get(), size));
  co_return memory;
}

asio::awaitable<Result<ModelNeed>> Models::AskNeed(Worker* worker, const UniqueFd* memory,
                                                   std::uint32_t context_tokens) {
  net::Message request = LoadMessage(Model{}, context_tokens, options_.config.sequences, *memory);
  CO_TRY_ASSIGN(const net::Message answer,
                co_await worker->calls().Call("worker.estimate", std::move(request),
                                              options_.config.estimate_budget));
  ModelNeed need;
  CO_TRY_ASSIGN(need.file_bytes, GetUint(answer.body, "file_bytes"));
  CO_TRY_ASSIGN(need.weights_bytes, GetUint(answer.body, "weights_bytes"));
  CO_TRY_ASSIGN(need.context_bytes, GetUint(answer.body, "context_bytes"));
  CO_TRY_ASSIGN(need.compute_bytes, GetUint(answer.body, "compute_bytes"));
  co_return need;
}

asio::awaitable<Result<>> Models::LoadInto(ModelPointer model, std::shared_ptr<Worker> worker,
                                           UniqueFd memory) {
  net::Message request =
      LoadMessage(*model, model->wanted_context_tokens, options_.config.sequences, memory);
  memory.Reset();
  CO_TRY_ASSIGN(const auto stream,
                co_await worker->calls().Open("worker.load", std::move(request)));
  while (true) {
    auto item = co_await stream->Next(options_.config.load_silence_budget);
    if (!item.has_value()) {
      if (!worker->ending().empty()) model->backoff.RecordEnd(std::chrono::steady_clock::now());
      co_return tl::unexpected<Error>(item.error());
    }
    if (!item->has_value()) break;
    CO_TRY_ASSIGN(model->progress, GetDouble((*item)->body, "progress", 0, 1));
    Changed();
  }
  model->facts = std::move(stream->reply().body);
  CO_TRY_ASSIGN(const auto sequences, GetUint(model->facts, "sequences"));
  model->sequences = static_cast<std::uint32_t>(sequences);
  co_return Ok();
}

std::size_t Models::LoadedCount(const Model* except) const {
  return static_cast<std::size_t>(std::ranges::count_if(models_, [&](const auto& entry) {
    const Model& model = *entry.second;
    return &model != except &&
           (model.phase == Model::Phase::kLoaded || model.phase == Model::Phase::kLoading);
  }));
}

std::shared_ptr<Model> Models::LeastRecentlyUsedIdle(const Model* except) const {
  ModelPointer oldest;
  for (const auto& [sha256, model] : models_) {
    if (model.get() == except || model->phase != Model::Phase::kLoaded || model->active > 0)
      continue;
    if (oldest == nullptr || model->last_used < oldest->last_used) oldest = model;
  }
  return oldest;
}

asio::awaitable<Result<>> Models::MakeRoom(ModelPointer for_model, std::uint64_t bytes) {
  while (is_making_room_) co_await changed_.Wait();
  struct Turn {
    explicit Turn(Models* models) : models(models) { models->is_making_room_ = true; }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      models->is_making_room_ = false;
      models->Changed();
    }
    Models* models;
  };
  const Turn turn(this);
  int tries = 0;  // After the last unloading.
  while (true) {
    CO_TRY_ASSIGN(const std::uint64_t usable, UsableBytes());
    const bool is_too_many = LoadedCount(for_model.get()) >= options_.config.max_loaded_models;
    if (!is_too_many && usable >= bytes) co_return Ok();
    if (const ModelPointer oldest = LeastRecentlyUsedIdle(for_model.get())) {
      CO_TRY(co_await Unload(oldest->sha256));
      tries = kReleaseTries;
      continue;
    }
    if (is_too_many)
      co_return Fail(ErrorCode::kUnavailable, "all models that may be loaded are in use");
    if (tries-- <= 0) co_return NoRoom(bytes, usable);
    co_await Sleep(kReleaseStep);
  }
}

asio::awaitable<Result<>> Models::Unload(std::string sha256) {
  const auto found = models_.find(sha256);
  if (found == models_.end()) co_return Ok();
  const ModelPointer model = found->second;
  if (model->phase == Model::Phase::kUnloaded) co_return Ok();
  const bool was_loaded = model->phase == Model::Phase::kLoaded;
  model->phase = Model::Phase::kUnloaded;
  model->progress = 0;
  model->error.clear();
  model->facts.clear();
  EndProcess(model.get());
  Changed();
  if (was_loaded) Record("inference.unloaded", *model, {});
  co_return Ok();
}

asio::awaitable<void> Models::Watch(ModelPointer model, std::shared_ptr<Worker> worker) {
  co_await worker->WaitClosed();
  if (model->worker != worker) co_return;  // We ended it ourselves.
  model->phase = Model::Phase::kUnloaded;
  model->progress = 0;
  model->facts.clear();
  EndProcess(model.get());
  model->backoff.RecordEnd(std::chrono::steady_clock::now());
  model->error = "its process ended";
  Changed();
  for (int i = 0; i < kReleaseTries && worker->ending().empty(); ++i) co_await Sleep(kReleaseStep);
  const std::string ending = worker->ending();
  model->error = ending.empty() ? "its process hung up" : "its process ended with " + ending;
  log::Error("inference.worker_crashed", {{"model", model->name}, {"ending", ending}});
  Changed();
  Record("inference.worker_crashed", *model, ending);
}

asio::awaitable<void> Models::Monitor(ModelPointer model, std::shared_ptr<Worker> worker) {
  while (true) {
    co_await Sleep(options_.config.monitor_interval);
    if (model->worker != worker) co_return;
    const auto state =
        co_await worker->calls().Call("worker.state", {}, options_.config.monitor_budget);
    if (model->worker != worker) co_return;
    if (!state.has_value()) {
      log::Error("inference.worker_hangs", {{"model", model->name}});
      worker->End();  // Watch() sees it.
      co_return;
    }
    const json::value* const threads = state->body.if_contains("threads");
    if (threads != nullptr) model->facts["threads"] = *threads;
  }
}

void Models::EndProcess(Model* model) {
  // Others may still hold the worker, so letting go of it is not enough.
  if (const std::shared_ptr<Worker> worker = std::exchange(model->worker, nullptr)) worker->End();
}

void Models::Record(std::string event, const Model& model, std::string reason) {
  json::object fields{{"sha256", model.sha256}, {"name", model.name}};
  if (!reason.empty()) fields["reason"] = std::move(reason);
  options_.spawn("record",
                 SendRecord({{"event", std::move(event)}, {"fields", std::move(fields)}}));
}

asio::awaitable<void> Models::SendRecord(json::object record) {
  net::Message request;
  request.body = std::move(record);
  const auto recorded = co_await options_.audit->Call("audit.record", std::move(request),
                                                      options_.config.quick_budget);
  if (!recorded.has_value()) {
    log::Warn("inference.not_recorded", {{"reason", recorded.error().message}});
  }
}

std::uint64_t Models::ThreadsInUse() const {
  std::uint64_t threads = 0;
  for (const auto& [sha256, model] : models_) {
    const auto used = GetOptionalUint(model->facts, "threads");
    if (used.has_value()) threads = std::max(threads, used->value_or(0));
  }
  return threads;
}

asio::awaitable<void> Models::Sleep(milliseconds time) {
  asio::steady_timer timer(options_.executor, time);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<Result<json::object>> Models::Estimate(std::string sha256) {
  const ModelPointer model = Find(sha256);
  CO_TRY_ASSIGN(const json::object entry, co_await Entry(sha256));
  CO_TRY_ASSIGN(const std::uint64_t size, GetUint(entry, "size"));
  CO_TRY_ASSIGN(const std::uint64_t available, options_.memory->AvailableBytes());
  if (!model->need &&
      size * 2 <= available - std::min(available, options_.config.memory_reserve_bytes)) {
    // Asked of a worker once, since only a worker may look into a model.
    CO_TRY_ASSIGN(const UniqueFd memory, co_await Open(model, size));
    CO_TRY_ASSIGN(const std::unique_ptr<Worker> worker, options_.launcher->Launch());
    CO_TRY_ASSIGN(model->need,
                  co_await AskNeed(worker.get(), &memory, options_.config.context_tokens));
  }
  const ModelNeed need = model->need.value_or(ModelNeed{.file_bytes = size, .weights_bytes = size});
  const Fit fit =
      model->phase == Model::Phase::kLoaded
          ? Fit::kFits
          : JudgeFit(need.peak_bytes(), available, options_.config.memory_reserve_bytes);
  co_return json::object{{"fits", FitName(fit)},
                         {"weights_bytes", need.file_bytes},
                         {"repack_bytes", need.weights_bytes},
                         {"context_bytes", need.context_bytes + need.compute_bytes},
                         {"peak_bytes", need.peak_bytes()},
                         {"available_bytes", available}};
}

}  // namespace secai::inference
