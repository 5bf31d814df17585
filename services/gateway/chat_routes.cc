// POST /api/chat in the documented form {message, model, conversation_id}, and the same as a
// stream. There is no vault yet, so no conversation is kept: each message stands alone.

#include <memory>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/json_fields.h"
#include "gateway/generation.h"
#include "gateway/json_http.h"
#include "gateway/models.h"
#include "gateway/routes.h"
#include "http/sse.h"

namespace secai::gateway {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::chrono::milliseconds kHeartbeat{15'000};

struct ChatStart {
  std::shared_ptr<Generation> generation;
  json::object reply;  // {model, conversation_id}
};

struct ChatForm {
  std::string message;
  std::string model;
  std::string conversation_id;
};

Result<ChatForm> ReadForm(const json::object& body) {
  TRY(RefuseUnknownMembers(body, {"message", "model", "conversation_id"}));
  ChatForm form;
  TRY_ASSIGN(form.message, GetString(body, "message"));
  TRY_ASSIGN(form.model, GetString(body, "model", 256));
  TRY_ASSIGN(const auto id, GetOptionalString(body, "conversation_id", 128));
  form.conversation_id = id.value_or("");
  if (form.message.empty()) return Fail(ErrorCode::kInvalidArgument, "message: it is empty");
  return form;
}

asio::awaitable<ApiResult<ChatStart>> StartChat(Parts* parts, Call* call) {
  SECAI_CO_API_ASSIGN(const json::object body,
                      co_await ReadJsonObject(call->exchange, kMaxChatBodyBytes));
  if (body.contains("messages")) {
    co_return Refuse({.status = 400,
                      .message = "the form with messages is not available yet; use message, or "
                                 "/v1/chat/completions",
                      .code = "not_available"});
  }
  const Result<ChatForm> form = ReadForm(body);
  if (!form.has_value()) co_return Refuse(FromFieldError(form.error()));
  SECAI_CO_API_ASSIGN(const ModelEntry model, co_await FindRunnableModel(parts, form->model));
  json::object message;
  message["role"] = "user";
  message["content"] = form->message;
  json::object request;
  request["messages"] = json::array{std::move(message)};
  request["identity"] = IdentityOf(call->request());
  ChatStart start;
  start.reply["model"] = model.name;
  start.reply["conversation_id"] =
      form->conversation_id.empty() ? RandomToken(*parts->random) : form->conversation_id;
  SECAI_CO_API_ASSIGN(start.generation,
                      co_await WhileConnected(
                          call->exchange, Generation::Start(parts->rooms.inference, parts->metrics,
                                                            model.sha256, std::move(request))));
  co_return start;
}

asio::awaitable<ApiResult<std::string>> CollectText(std::shared_ptr<Generation> generation) {
  std::string text;
  while (true) {
    SECAI_CO_API_ASSIGN(const auto item, co_await generation->Next());
    if (!item.has_value()) co_return text;
    text += item->text;
  }
}

asio::awaitable<Result<>> SendText(http::StreamWriter* writer, ChatStart start) {
  json::object event = start.reply;
  while (true) {
    const auto item = co_await start.generation->Next();
    if (!item.has_value()) {
      co_return co_await writer->Write(
          http::EncodeSseEvent("", ErrorJson(item.error(), ErrorShape::kPlain)));
    }
    event["response"] = item->has_value() ? (*item)->text : "";
    event["done"] = !item->has_value();
    CO_TRY(co_await writer->Write(http::EncodeSseEvent("", json::serialize(event))));
    if (!item->has_value()) co_return Ok();
  }
}

}  // namespace

Answer HandleChat(Parts* parts, Call* call) {
  SECAI_CO_API_ASSIGN(ChatStart start, co_await StartChat(parts, call));
  SECAI_CO_API_ASSIGN(const std::string text,
                      co_await WhileConnected(call->exchange, CollectText(start.generation)));
  start.reply["response"] = text;
  co_return JsonResponse(200, start.reply);
}

Answer HandleChatStream(Parts* parts, Call* call) {
  SECAI_CO_API_ASSIGN(const ChatStart start, co_await StartChat(parts, call));
  http::Response response = http::MakeResponse(200, std::string(http::kSseContentType), "");
  response.heartbeat = std::string(http::kSsePing);
  response.heartbeat_interval = kHeartbeat;
  response.stream = [start](http::StreamWriter* writer) { return SendText(writer, start); };
  co_return response;
}

}  // namespace secai::gateway
