// /v1/chat/completions, /v1/completions and /v1/models in OpenAI's form.

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/json_fields.h"
#include "base/time_text.h"
#include "gateway/generation.h"
#include "gateway/json_http.h"
#include "gateway/models.h"
#include "gateway/openai_answer.h"
#include "gateway/openai_request.h"
#include "gateway/routes.h"
#include "http/sse.h"

namespace secai::gateway {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::chrono::milliseconds kHeartbeat{15'000};
constexpr std::size_t kMaxAnswerBytes = std::size_t{16} << 20;

std::int64_t Seconds(Clock::TimePoint time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string Data(const std::string& text) { return http::EncodeSseEvent("", text); }

// The stream of one answer. After the first byte an error can only be one more line of data.
asio::awaitable<Result<>> SendChunks(http::StreamWriter* writer,
                                     std::shared_ptr<Generation> generation,
                                     std::shared_ptr<const OpenAiAnswer> answer) {
  if (const std::string first = answer->First(); !first.empty()) {
    CO_TRY(co_await writer->Write(Data(first)));
  }
  while (true) {
    auto item = co_await generation->Next();
    if (!item.has_value()) {
      co_return co_await writer->Write(Data(ErrorJson(item.error(), ErrorShape::kOpenAi)));
    }
    if (!item->has_value()) break;
    CO_TRY(co_await writer->Write(Data(answer->Part(**item))));
  }
  std::string last = Data(answer->Finish(generation->end()));
  if (const std::string usage = answer->Usage(generation->end()); !usage.empty()) {
    last += Data(usage);
  }
  co_return co_await writer->Write(last + Data("[DONE]"));
}

asio::awaitable<ApiResult<GenerationItem>> Collect(std::shared_ptr<Generation> generation) {
  GenerationItem whole;
  std::size_t bytes = 0;
  while (true) {
    SECAI_CO_API_ASSIGN(auto item, co_await generation->Next());
    if (!item.has_value()) co_return whole;
    bytes += item->text.size() + item->reasoning.size();
    if (bytes > kMaxAnswerBytes) {
      co_return Refuse({.status = 500, .message = "the answer is too long for one object"});
    }
    JoinItem(*std::move(item), &whole);
  }
}

Answer Complete(Parts* parts, Call* call, OpenAiRequest request, OpenAiAnswer::Kind kind) {
  SECAI_CO_API_ASSIGN(const ModelEntry model, co_await FindRunnableModel(parts, request.model));
  const bool is_chat = kind == OpenAiAnswer::Kind::kChat;
  const auto answer = std::make_shared<const OpenAiAnswer>(
      kind, (is_chat ? "chatcmpl-" : "cmpl-") + RandomToken(*parts->random), model.name,
      Seconds(parts->clock->Now()), request.includes_usage);
  SECAI_CO_API_ASSIGN(
      const std::shared_ptr<Generation> generation,
      co_await WhileConnected(
          call->exchange, Generation::Start(parts->rooms.inference, parts->metrics, model.sha256,
                                            std::move(request.generate))));
  if (request.is_stream) {
    http::Response response = http::MakeResponse(200, std::string(http::kSseContentType), "");
    response.heartbeat = std::string(http::kSsePing);
    response.heartbeat_interval = kHeartbeat;
    response.stream = [generation, answer](http::StreamWriter* writer) {
      return SendChunks(writer, generation, answer);
    };
    co_return response;
  }
  SECAI_CO_API_ASSIGN(const GenerationItem whole,
                      co_await WhileConnected(call->exchange, Collect(generation)));
  co_return JsonResponse(200, answer->Whole(whole, generation->end()));
}

json::object OpenAiModel(const ModelEntry& entry) {
  json::object model;
  model["id"] = entry.name;
  model["object"] = "model";
  const auto promoted = GetOptionalString(entry.json, "promoted_at");
  const auto time = ParseTime(promoted.has_value() ? promoted->value_or("") : "");
  model["created"] = time.has_value() ? Seconds(*time) : 0;
  model["owned_by"] = "secai";
  return model;
}

}  // namespace

Answer HandleChatCompletions(Parts* parts, Call* call) {
  SECAI_CO_API_ASSIGN(const json::object body,
                      co_await ReadJsonObject(call->exchange, kMaxChatBodyBytes));
  SECAI_CO_API_ASSIGN(OpenAiRequest request, ParseChatRequest(body, IdentityOf(call->request())));
  co_return co_await Complete(parts, call, std::move(request), OpenAiAnswer::Kind::kChat);
}

Answer HandleCompletions(Parts* parts, Call* call) {
  SECAI_CO_API_ASSIGN(const json::object body,
                      co_await ReadJsonObject(call->exchange, kMaxChatBodyBytes));
  SECAI_CO_API_ASSIGN(OpenAiRequest request,
                      ParseCompletionRequest(body, IdentityOf(call->request())));
  co_return co_await Complete(parts, call, std::move(request), OpenAiAnswer::Kind::kCompletion);
}

Answer HandleOpenAiModels(Parts* parts, Call* /*call*/) {
  SECAI_CO_API_ASSIGN(const json::object reply,
                      co_await Ask(parts->rooms.registry, "the registry", "registry.list", {}));
  json::array data;
  const auto models = GetArray(reply, "models");
  for (const json::value& value : models.has_value() ? **models : json::array()) {
    SECAI_CO_API_ASSIGN(const ModelEntry entry, ModelEntryOf(value));
    if (entry.is_admitted && entry.is_runnable) data.push_back(OpenAiModel(entry));
  }
  json::object body;
  body["object"] = "list";
  body["data"] = std::move(data);
  co_return JsonResponse(200, body);
}

Answer HandleOpenAiModel(Parts* parts, Call* call) {
  SECAI_CO_API_ASSIGN(const ModelEntry entry,
                      co_await FindRunnableModel(parts, call->parameter("id")));
  co_return JsonResponse(200, OpenAiModel(entry));
}

}  // namespace secai::gateway
