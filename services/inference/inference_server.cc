#include "inference/inference_server.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <sys/stat.h>

#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "base/json_fields.h"
#include "base/log.h"
#include "inference/api/generate.h"
#include "storage/sealed_copy.h"

namespace secai::inference {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::size_t kDigestCharacters = 64;

Result<std::string> GetDigest(const json::object& body) {
  TRY_ASSIGN(std::string digest, GetString(body, "sha256"));
  const bool is_hex = std::ranges::all_of(
      digest, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (digest.size() != kDigestCharacters || !is_hex) {
    return Fail(ErrorCode::kInvalidArgument, "sha256: must be 64 lower-case hex digits");
  }
  return digest;
}

net::Message Body(json::object body) {
  net::Message message;
  message.body = std::move(body);
  return message;
}

Result<std::uint64_t> SealedBytes(int memory) {
  struct stat info{};
  if (::fstat(memory, &info) != 0 || info.st_size <= 0) {
    return Fail(ErrorCode::kInvalidArgument, "the model's memory is empty");
  }
  const auto bytes = static_cast<std::uint64_t>(info.st_size);
  TRY(storage::CheckSealed(memory, bytes));
  return bytes;
}

// Adds the room's own waiting to the worker's.
void AddWaiting(json::object* times, double waited_ms) {
  if (json::value* const queue = times->if_contains("queue_ms");
      queue != nullptr && queue->is_number()) {
    *queue = queue->to_number<double>() + waited_ms;
  }
}

class ActiveRequest {
 public:
  ActiveRequest(Models* models, std::shared_ptr<Model> model)
      : models_(models), model_(std::move(model)) {
    ++model_->active;
    models_->Changed();
  }
  ActiveRequest(const ActiveRequest&) = delete;
  ActiveRequest& operator=(const ActiveRequest&) = delete;
  ~ActiveRequest() {
    --model_->active;
    models_->Changed();
  }

 private:
  Models* models_;
  std::shared_ptr<Model> model_;
};

}  // namespace

asio::awaitable<Result<net::Message>> InferenceServer::Handle(std::string peer, std::string method,
                                                              net::Message request,
                                                              net::ItemSink* items) {
  const bool is_probe = method == "inference.probe";
  if ((peer == "quarantine") != is_probe) {
    co_return Fail(ErrorCode::kDenied, peer + " may not call " + method);
  }
  if (is_probe) co_return co_await Probe(std::move(request));
  if (method == "inference.generate") co_return co_await Generate(std::move(request), items);
  if (method == "inference.load") co_return co_await Load(std::move(request));
  if (method == "inference.unload") co_return co_await Unload(std::move(request));
  if (method == "inference.state") co_return co_await State();
  if (method == "inference.watch") co_return co_await Watch(items);
  if (method == "inference.estimate") co_return co_await Estimate(std::move(request));
  if (method == "inference.tokenize") co_return co_await Tokenize(std::move(request));
  co_return Fail(ErrorCode::kNotFound, "no such method");
}

asio::awaitable<Result<net::Message>> InferenceServer::Generate(net::Message request,
                                                                net::ItemSink* items) {
  CO_TRY(RefuseUnknownMembers(request.body, {"sha256", "request"}));
  CO_TRY_ASSIGN(const std::string digest, GetDigest(request.body));
  CO_TRY_ASSIGN(const json::object* const body, GetObject(request.body, "request"));
  // Checked here too, so that bad input never loads a model.
  CO_TRY_ASSIGN(const GenerateRequest parsed, ParseGenerateRequest(*body));
  const std::shared_ptr<Model> model = models_->Find(digest);
  const std::size_t computed = std::max(model->sequences, options_.config.sequences);
  if (model->active >= computed + options_.config.queue_limit) {
    co_return Fail(ErrorCode::kUnavailable, "queue is full");
  }
  const ActiveRequest active(models_, model);
  const auto began = std::chrono::steady_clock::now();
  CO_TRY_ASSIGN(const std::shared_ptr<Model> loaded, co_await models_->Load(digest, 0));
  const std::chrono::duration<double, std::milli> waited = std::chrono::steady_clock::now() - began;
  co_return co_await Relay(loaded, SerializeGenerateRequest(parsed), waited.count(), items);
}

asio::awaitable<Result<net::Message>> InferenceServer::Relay(std::shared_ptr<Model> model,
                                                             json::object request, double waited_ms,
                                                             net::ItemSink* items) {
  const std::shared_ptr<Worker> worker = model->worker;  // Also when it is unloaded meanwhile.
  if (worker == nullptr) co_return Fail(ErrorCode::kUnavailable, "the model was unloaded");
  CO_TRY_ASSIGN(const auto stream,
                co_await worker->calls().Open("worker.generate", Body(std::move(request))));
  while (true) {
    auto item = co_await stream->Next(options_.config.answer_silence_budget);
    if (!item.has_value()) {
      if (model->worker != worker || !worker->ending().empty()) {
        co_return Fail(
            ErrorCode::kUnavailable,
            "the model's process ended before the answer did; the next request starts it again");
      }
      co_return tl::unexpected<Error>(std::move(item).error());
    }
    if (!item->has_value()) break;
    AddWaiting(&(*item)->body, waited_ms);
    CO_TRY(co_await items->Send(*std::move(*item)));
  }
  net::Message reply = std::move(stream->reply());
  if (json::value* const timings = reply.body.if_contains("timings");
      timings && timings->is_object()) {
    AddWaiting(&timings->get_object(), waited_ms);
    const auto speed = GetDouble(timings->get_object(), "tokens_per_second");
    if (speed.has_value() && *speed > 0) model->tokens_per_second = *speed;
  }
  co_return reply;
}

asio::awaitable<Result<net::Message>> InferenceServer::Load(net::Message request) {
  CO_TRY(RefuseUnknownMembers(request.body, {"sha256", "context"}));
  CO_TRY_ASSIGN(const std::string digest, GetDigest(request.body));
  CO_TRY_ASSIGN(const auto context,
                GetOptionalUint(request.body, "context", options_.config.max_context_tokens));
  CO_TRY(co_await models_->Load(digest, static_cast<std::uint32_t>(context.value_or(0))));
  co_return Body({{"state", "loaded"}});
}

asio::awaitable<Result<net::Message>> InferenceServer::Unload(net::Message request) {
  CO_TRY(RefuseUnknownMembers(request.body, {"sha256"}));
  CO_TRY_ASSIGN(const std::string digest, GetDigest(request.body));
  CO_TRY(co_await models_->Unload(digest));
  co_return Body({});
}

asio::awaitable<Result<net::Message>> InferenceServer::State() {
  json::object states = models_->States();
  states["threads"] = models_->ThreadsInUse();
  states["queue_limit"] = options_.config.queue_limit;
  co_return Body(std::move(states));
}

asio::awaitable<Result<net::Message>> InferenceServer::Watch(net::ItemSink* items) {
  std::uint64_t version = 0;
  while (!items->is_cancelled()) {
    version = co_await models_->WaitChange(version);
    CO_TRY(co_await items->Send(Body(models_->States())));
  }
  co_return Body({});
}

asio::awaitable<Result<net::Message>> InferenceServer::Estimate(net::Message request) {
  CO_TRY(RefuseUnknownMembers(request.body, {"sha256"}));
  CO_TRY_ASSIGN(const std::string digest, GetDigest(request.body));
  CO_TRY_ASSIGN(json::object estimate, co_await models_->Estimate(digest));
  co_return Body(std::move(estimate));
}

asio::awaitable<Result<net::Message>> InferenceServer::Tokenize(net::Message request) {
  CO_TRY_ASSIGN(const std::string digest, GetDigest(request.body));
  request.body.erase("sha256");
  CO_TRY_ASSIGN(const std::shared_ptr<Model> model, co_await models_->Load(digest, 0));
  const std::shared_ptr<Worker> worker = model->worker;
  if (worker == nullptr) co_return Fail(ErrorCode::kUnavailable, "the model was unloaded");
  co_return co_await worker->calls().Call("worker.tokenize", std::move(request),
                                          options_.config.quick_budget);
}

asio::awaitable<Result<net::Message>> InferenceServer::Probe(net::Message request) {
  CO_TRY(RefuseUnknownMembers(request.body, {"sha256", "name"}));
  CO_TRY(GetDigest(request.body));
  CO_TRY(GetString(request.body, "name"));
  if (request.fds.size() != 1) {
    co_return Fail(ErrorCode::kInvalidArgument, "inference.probe needs the model's memory");
  }
  CO_TRY_ASSIGN(const std::uint64_t bytes, SealedBytes(request.fds.front().get()));
  if (probes_ >= options_.config.max_probes) {
    co_return Fail(ErrorCode::kUnavailable, "too many models are being tried");
  }
  // Beside the loaded models, never in their place. The sealed copy exists already.
  CO_TRY_ASSIGN(const std::uint64_t usable, models_->UsableBytes());
  if (bytes > usable / 2) {
    co_return Fail(ErrorCode::kUnavailable, "no memory to try the model beside the loaded ones");
  }
  CO_TRY_ASSIGN(Loan loan, options_.launcher->Lend());
  ++probes_;
  options_.spawn("probe", WatchProbe(std::move(loan.worker)));
  net::Message reply = Body({{"bytes", bytes}});
  reply.fds.push_back(std::move(loan.socket));
  co_return reply;
}

asio::awaitable<void> InferenceServer::WatchProbe(std::unique_ptr<LentWorker> worker) {
  struct Count {
    explicit Count(std::size_t* probes) : probes(probes) {}
    Count(const Count&) = delete;
    Count& operator=(const Count&) = delete;
    ~Count() { --*probes; }
    std::size_t* probes;
  };
  const Count count(&probes_);
  co_await worker->WaitEnded();
}

}  // namespace secai::inference
