#include "gateway/models.h"

#include <utility>

#include <boost/json/value.hpp>

#include "base/json_fields.h"
#include "gateway/json_http.h"

namespace secai::gateway {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::size_t kMaxNameBytes = 256;

ApiError NotFound() {
  return {.status = 404,
          .message = "there is no such model",
          .code = "model_not_found",
          .param = "model"};
}

}  // namespace

ApiResult<ModelEntry> ModelEntryOf(const json::value& value) {
  const ApiError broken = {.status = 500, .message = "the registry answered in a wrong form"};
  const json::object* object = value.if_object();
  if (object == nullptr) return Refuse(broken);
  const auto name = GetString(*object, "name");
  const auto sha256 = GetString(*object, "sha256", 64);
  const auto status = GetString(*object, "status");
  const auto runnable = GetBool(*object, "runnable");
  if (!name.has_value() || !sha256.has_value() || !status.has_value() || !runnable.has_value()) {
    return Refuse(broken);
  }
  ModelEntry entry;
  entry.name = *name;
  entry.sha256 = *sha256;
  entry.is_runnable = *runnable;
  entry.is_admitted = *status == "admitted";
  entry.json = *object;
  return entry;
}

asio::awaitable<ApiResult<ModelEntry>> FindModel(const Parts* parts, std::string name) {
  if (name.empty() || name.size() > kMaxNameBytes) co_return Refuse(NotFound());
  net::Message question;
  question.body["name"] = name;
  const auto reply =
      co_await parts->rooms.registry->Call("registry.get", std::move(question), kRoomBudget);
  if (!reply.has_value()) {
    // A name that the registry would never give is one that it does not have.
    const bool is_unknown = reply.error().code == ErrorCode::kNotFound ||
                            reply.error().code == ErrorCode::kInvalidArgument;
    co_return Refuse(is_unknown ? NotFound() : FromRoomError(reply.error(), "the registry"));
  }
  const json::value* model = reply->body.if_contains("model");
  co_return ModelEntryOf(model != nullptr ? *model : json::value());
}

asio::awaitable<ApiResult<ModelEntry>> FindRunnableModel(const Parts* parts, std::string name) {
  SECAI_CO_API_ASSIGN(ModelEntry entry, co_await FindModel(parts, std::move(name)));
  if (!entry.is_admitted || !entry.is_runnable) co_return Refuse(NotFound());
  co_return entry;
}

}  // namespace secai::gateway
