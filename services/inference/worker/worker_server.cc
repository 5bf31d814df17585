#include "inference/worker/worker_server.h"

#include <algorithm>
#include <utility>

#include "base/json_fields.h"
#include "base/log.h"
#include "inference/api/generate.h"
#include "inference/worker/memory_need.h"
#include "inference/worker/weight_source.h"

namespace secai::inference {
namespace {

namespace json = boost::json;

constexpr float kProgressStep = 0.02F;

}  // namespace

void WorkerServer::Read() {
  while (true) {
    Result<net::Envelope> received = options_.link->Receive();
    if (!received.has_value()) {
      options_.on_hang_up();
      return;
    }
    if (received->kind == net::Envelope::Kind::kCall) {
      OnCall(*std::move(received));
    } else if (received->kind == net::Envelope::Kind::kCancel) {
      if (const auto loop = ReadyLoop()) (*loop)->Cancel(received->id);
    } else {  // We ask nothing, so nothing can be answered.
      options_.on_hang_up();
      return;
    }
  }
}

void WorkerServer::OnCall(net::Envelope call) {
  const std::uint64_t id = call.id;
  const auto answer = [&](Result<json::object> body) {
    if (body.has_value()) {
      Send(net::Envelope::Kind::kReply, id, *std::move(body));
    } else {
      SendError(id, std::move(body).error());
    }
  };
  if (call.method == "worker.load" || call.method == "worker.estimate") {
    const bool is_estimate = call.method == "worker.estimate";
    if (auto accepted = OnLoad(&call, is_estimate); !accepted.has_value()) {
      SendError(id, std::move(accepted).error());
    }
  } else if (call.method == "worker.generate") {
    if (auto accepted = OnGenerate(call); !accepted.has_value()) {
      SendError(id, std::move(accepted).error());
    }
  } else if (call.method == "worker.tokenize") {
    answer(OnTokenize(call.message.body));
  } else if (call.method == "worker.state") {
    const auto loop = ReadyLoop();
    answer(loop.has_value() ? Result<json::object>(StateReply((*loop)->state()))
                            : Result<json::object>(tl::unexpected<Error>(loop.error())));
  } else {
    SendError(id, Error{ErrorCode::kNotFound, "no such method"});
  }
}

Result<> WorkerServer::OnLoad(net::Envelope* call, bool is_estimate) {
  TRY_ASSIGN(LoadRequest request, ParseLoadRequest(call->message.body));
  if (call->message.fds.size() != 1) {
    return Fail(ErrorCode::kInvalidArgument, call->method + " needs one descriptor");
  }
  const std::scoped_lock lock(mutex_);
  if (was_asked_to_load_) return Fail(ErrorCode::kInvalidArgument, "a worker loads one model only");
  if (load_) return Fail(ErrorCode::kUnavailable, "busy with another estimate");
  was_asked_to_load_ = !is_estimate;
  load_ = PendingLoad{.id = call->id,
                      .is_estimate = is_estimate,
                      .request = std::move(request),
                      .memory = std::move(call->message.fds.front())};
  has_load_.notify_one();
  return Ok();
}

Result<> WorkerServer::OnGenerate(const net::Envelope& call) {
  TRY_ASSIGN(BatchLoop* const loop, ReadyLoop());
  TRY_ASSIGN(const GenerateRequest request, ParseGenerateRequest(call.message.body));
  TRY_ASSIGN(auto generation, PrepareGeneration(*model_, request, call.id, options_.random));
  return loop->Submit(std::move(generation));
}

Result<json::object> WorkerServer::OnTokenize(const json::object& body) {
  TRY(ReadyLoop());
  TRY(RefuseUnknownMembers(body, {"text", "messages"}));
  GenerateRequest request;
  TRY_ASSIGN(request.prompt, GetOptionalString(body, "text", kMaxTextBytes));
  request.raw = request.prompt.has_value();
  TRY_ASSIGN(const json::array* const messages, GetOptionalArray(body, "messages"));
  if (request.raw == (messages != nullptr)) {
    return Fail(ErrorCode::kInvalidArgument, "either text or messages is needed, and not both");
  }
  if (messages != nullptr) {
    TRY_ASSIGN(request.messages, ParseMessages(*messages));
  }
  TRY_ASSIGN(const std::vector<Token> tokens, TokenizeRequest(*model_, request));
  return TokensReply(tokens);
}

void WorkerServer::Run() {
  PendingLoad load = NextLoad();
  while (load.is_estimate) {
    const std::uint64_t id = load.id;
    if (auto need = Estimate(std::move(load)); need.has_value()) {
      Send(net::Envelope::Kind::kReply, id, *std::move(need));
    } else {
      SendError(id, std::move(need).error());
    }
    load = NextLoad();
  }
  const std::uint64_t id = load.id;
  if (auto loaded = Load(std::move(load)); !loaded.has_value()) {
    log::Warn("inference_worker.load_failed", {{"reason", loaded.error().message}});
    SendError(id, std::move(loaded).error());
    return;
  }
  Send(net::Envelope::Kind::kReply, id,
       LoadedReply(model_->info(), loop_->state(), PeakMemoryBytes()));
  loop_->Run();
}

WorkerServer::PendingLoad WorkerServer::NextLoad() {
  std::unique_lock lock(mutex_);
  has_load_.wait(lock, [&] { return load_.has_value(); });
  PendingLoad load = *std::move(load_);
  load_.reset();
  return load;
}

LoadOptions WorkerServer::OptionsFor(const LoadRequest& request) const {
  return {.context_tokens = request.context_tokens,
          .sequences = request.sequences,
          .pool = options_.pool,
          .threads = options_.pool_threads};
}

Result<json::object> WorkerServer::Estimate(PendingLoad load) {
  TRY_ASSIGN(const auto source, SealedMemorySource::Create(std::move(load.memory)));
  TRY_ASSIGN(const MemoryNeed need, EstimateMemory(source.get(), OptionsFor(load.request)));
  return EstimateReply(need, source->size());
}

Result<> WorkerServer::Load(PendingLoad load) {
  TRY_ASSIGN(const auto source, SealedMemorySource::Create(std::move(load.memory)));
  float last = -1;
  TRY_ASSIGN(auto model,
             EngineModel::Load(source.get(), OptionsFor(load.request), [&](float progress) {
               if (progress < last + kProgressStep && progress < 1) return;
               last = progress;
               Send(net::Envelope::Kind::kItem, load.id, json::object{{"progress", progress}});
             }));
  int threads = options_.pool_threads;
  if (load.request.threads > 0) threads = std::min(threads, static_cast<int>(load.request.threads));
  GenerationSink* const sink = this;  // Private base: only here can it be named.
  auto loop = std::make_unique<BatchLoop>(model.get(), load.request.sequences, threads, sink);
  TRY(loop->WarmUp());
  const std::scoped_lock lock(mutex_);
  model_ = std::move(model);
  loop_ = std::move(loop);
  return Ok();
}

Result<BatchLoop*> WorkerServer::ReadyLoop() {
  const std::scoped_lock lock(mutex_);
  if (loop_ == nullptr) return Fail(ErrorCode::kUnavailable, "no model is loaded yet");
  return loop_.get();
}

void WorkerServer::Started(std::uint64_t id, const GenerationSummary& so_far) {
  Send(net::Envelope::Kind::kItem, id, StartedItem(so_far));
}
void WorkerServer::Piece(std::uint64_t id, const AnswerPiece& piece) {
  Send(net::Envelope::Kind::kItem, id, PieceItem(piece));
}
void WorkerServer::Finished(std::uint64_t id, const GenerationSummary& summary) {
  Send(net::Envelope::Kind::kReply, id, FinishedReply(summary));
}
void WorkerServer::Failed(std::uint64_t id, Error error) { SendError(id, std::move(error)); }

void WorkerServer::Send(net::Envelope::Kind kind, std::uint64_t id, json::object body) {
  net::Envelope envelope;
  envelope.kind = kind;
  envelope.id = id;
  envelope.message.body = std::move(body);
  SendEnvelope(std::move(envelope));
}

void WorkerServer::SendError(std::uint64_t id, Error error) {
  net::Envelope envelope;
  envelope.kind = net::Envelope::Kind::kError;
  envelope.id = id;
  envelope.error = std::move(error);
  SendEnvelope(std::move(envelope));
}

void WorkerServer::SendEnvelope(net::Envelope envelope) {
  const std::scoped_lock lock(send_mutex_);
  const std::uint64_t id = envelope.id;
  const bool is_answer = envelope.kind == net::Envelope::Kind::kReply;
  Result<> sent = options_.link->Send(std::move(envelope));
  if (!sent.has_value() && is_answer && sent.error().code == ErrorCode::kInvalidArgument) {
    net::Envelope refusal;  // Nothing was sent, so the stream is in step.
    refusal.kind = net::Envelope::Kind::kError;
    refusal.id = id;
    refusal.error = Error{ErrorCode::kInvalidArgument, "the answer is longer than a frame"};
    sent = options_.link->Send(std::move(refusal));
  }
  if (!sent.has_value()) options_.on_hang_up();
}

}  // namespace secai::inference
