// Load, unload, delete and verify one model.

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/json_fields.h"
#include "gateway/json_http.h"
#include "gateway/models.h"
#include "gateway/routes.h"

namespace secai::gateway {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

// Hashing tens of gigabytes again.
constexpr std::chrono::minutes kVerifyBudget{30};
constexpr std::int64_t kMaxContext = 1 << 24;

ApiError Conflict(std::string message, std::string code) {
  return {.status = 409, .message = std::move(message), .code = std::move(code)};
}

json::object WithDigest(const ModelEntry& model) {
  json::object body;
  body["sha256"] = model.sha256;
  return body;
}

// A body that may be absent and holds nothing.
asio::awaitable<ApiResult<json::object>> ReadNothing(Call* call) {
  SECAI_CO_API_ASSIGN(json::object body,
                      co_await ReadJsonObject(call->exchange, kMaxSmallBodyBytes, true));
  const Result<> known = RefuseUnknownMembers(body, {});
  if (!known.has_value()) co_return Refuse(FromFieldError(known.error()));
  co_return body;
}

// "loaded", "loading", … as inference says, or "unloaded" for one that it does not know.
asio::awaitable<ApiResult<std::string>> RunState(const Parts* parts, std::string sha256) {
  SECAI_CO_API_ASSIGN(const json::object reply,
                      co_await Ask(parts->rooms.inference, "inference", "inference.state", {}));
  const auto models = GetArray(reply, "models");
  for (const json::value& value : models.has_value() ? **models : json::array()) {
    const json::object* state = value.if_object();
    if (state == nullptr) continue;
    const auto digest = GetString(*state, "sha256");
    const auto word = GetString(*state, "state");
    if (digest.has_value() && word.has_value() && *digest == sha256) co_return *word;
  }
  co_return std::string("unloaded");
}

Answer Delete(Parts* parts, std::string name) {
  SECAI_CO_API_ASSIGN(const ModelEntry model, co_await FindModel(parts, std::move(name)));
  SECAI_CO_API_ASSIGN(const std::string state, co_await RunState(parts, model.sha256));
  if (state == "loaded" || state == "loading") {
    co_return Refuse(Conflict("the model is in use: unload it first", "in_use"));
  }
  json::object question;
  question["name"] = model.name;
  SECAI_CO_API_TRY(co_await Ask(parts->rooms.registry, "the registry", "registry.remove",
                                std::move(question), kVerifyBudget));
  json::object body;
  body["success"] = true;
  co_return JsonResponse(200, body);
}

Answer Verify(Parts* parts, std::string method, json::object question) {
  SECAI_CO_API_ASSIGN(json::object reply,
                      co_await Ask(parts->rooms.registry, "the registry", std::move(method),
                                   std::move(question), kVerifyBudget));
  const auto is_good = GetBool(reply, "ok");
  co_return JsonResponse(is_good.has_value() && *is_good ? 200 : 409, reply);
}

}  // namespace

Answer HandleModelLoad(Parts* parts, Call* call) {
  SECAI_CO_API_ASSIGN(const json::object body,
                      co_await ReadJsonObject(call->exchange, kMaxSmallBodyBytes, true));
  const Result<> known = RefuseUnknownMembers(body, {"context"});
  const auto context = GetOptionalInt(body, "context", 1, kMaxContext);
  if (!known.has_value()) co_return Refuse(FromFieldError(known.error()));
  if (!context.has_value()) co_return Refuse(FromFieldError(context.error()));
  SECAI_CO_API_ASSIGN(const ModelEntry model, co_await FindModel(parts, call->parameter("name")));
  if (!model.is_admitted) co_return Refuse(Conflict("the model was withdrawn", "withdrawn"));
  if (!model.is_runnable) {
    co_return Refuse(Conflict("there is no engine for this format", "not_runnable"));
  }
  const auto estimate =
      co_await Ask(parts->rooms.inference, "inference", "inference.estimate", WithDigest(model));
  const auto fits = estimate.has_value() ? GetString(*estimate, "fits")
                                         : Result<std::string>(std::string("unknown"));
  if (fits.has_value() && *fits == "no") {
    co_return Refuse({.status = 507,
                      .message = "the model does not fit into the memory that is free",
                      .code = "does_not_fit"});
  }
  json::object question = WithDigest(model);
  if (context->has_value()) question["context"] = **context;
  SECAI_CO_API_ASSIGN(const json::object state,
                      co_await Ask(parts->rooms.inference, "inference", "inference.load",
                                   std::move(question), kVerifyBudget));
  co_return JsonResponse(202, state);
}

Answer HandleModelUnload(Parts* parts, Call* call) {
  SECAI_CO_API_TRY(co_await ReadNothing(call));
  SECAI_CO_API_ASSIGN(const ModelEntry model, co_await FindModel(parts, call->parameter("name")));
  SECAI_CO_API_TRY(
      co_await Ask(parts->rooms.inference, "inference", "inference.unload", WithDigest(model)));
  json::object body;
  body["success"] = true;
  co_return JsonResponse(200, body);
}

Answer HandleModelDelete(Parts* parts, Call* call) {
  SECAI_CO_API_TRY(co_await ReadNothing(call));
  co_return co_await Delete(parts, call->parameter("name"));
}

Answer HandleModelDeleteAlias(Parts* parts, Call* call) {
  SECAI_CO_API_ASSIGN(const json::object body,
                      co_await ReadJsonObject(call->exchange, kMaxSmallBodyBytes));
  const Result<> known = RefuseUnknownMembers(body, {"name"});
  const Result<std::string> name = GetString(body, "name", 256);
  if (!known.has_value()) co_return Refuse(FromFieldError(known.error()));
  if (!name.has_value()) co_return Refuse(FromFieldError(name.error()));
  co_return co_await Delete(parts, *name);
}

Answer HandleModelVerify(Parts* parts, Call* call) {
  SECAI_CO_API_TRY(co_await ReadNothing(call));
  SECAI_CO_API_ASSIGN(const ModelEntry model, co_await FindModel(parts, call->parameter("name")));
  json::object question;
  question["name"] = model.name;
  co_return co_await Verify(parts, "registry.verify", std::move(question));
}

Answer HandleManifestVerify(Parts* parts, Call* call) {
  SECAI_CO_API_TRY(co_await ReadNothing(call));
  co_return co_await Verify(parts, "registry.verify_all", {});
}

}  // namespace secai::gateway
