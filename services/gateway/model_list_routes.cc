// GET /api/models and the estimate: what the registry, inference and quarantine know, side by side.

#include <map>
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

constexpr std::size_t kMaxEstimates = 32;  // Of one list; more are asked for one by one.

using StatesByDigest = std::map<std::string, json::object, std::less<>>;

json::array ArrayOf(const json::object& body, std::string_view name) {
  const auto array = GetArray(body, name);
  return array.has_value() ? **array : json::array();
}

// The state of each model that inference knows. Empty when inference does not answer: the list of
// admitted models is worth showing all the same.
asio::awaitable<StatesByDigest> ReadStates(const Parts* parts) {
  StatesByDigest states;
  const auto reply =
      co_await Ask(parts->rooms.inference, "inference", "inference.state", {}, kRoomBudget);
  if (!reply.has_value()) co_return states;
  for (const json::value& value : ArrayOf(*reply, "models")) {
    const json::object* state = value.if_object();
    const auto sha256 =
        state != nullptr ? GetString(*state, "sha256") : Result<std::string>(std::string());
    if (sha256.has_value() && state != nullptr) states.emplace(*sha256, *state);
  }
  co_return states;
}

void CopyMembers(const json::object& from, std::initializer_list<std::string_view> names,
                 json::object* to) {
  for (const std::string_view name : names) {
    if (const json::value* value = from.if_contains(name); value != nullptr) (*to)[name] = *value;
  }
}

asio::awaitable<ApiResult<json::object>> Estimate(const Parts* parts, std::string sha256) {
  json::object question;
  question["sha256"] = std::move(sha256);
  co_return co_await Ask(parts->rooms.inference, "inference", "inference.estimate",
                         std::move(question));
}

asio::awaitable<ApiResult<json::array>> ListModels(const Parts* parts) {
  SECAI_CO_API_ASSIGN(const json::object reply,
                      co_await Ask(parts->rooms.registry, "the registry", "registry.list", {}));
  const StatesByDigest states = co_await ReadStates(parts);
  json::array models;
  for (const json::value& value : ArrayOf(reply, "models")) {
    SECAI_CO_API_ASSIGN(const ModelEntry entry, ModelEntryOf(value));
    json::object model = entry.json;
    model["state"] = "unloaded";
    if (const auto state = states.find(entry.sha256); state != states.end()) {
      CopyMembers(
          state->second,
          {"state", "progress", "context_tokens", "tokens_per_second", "error", "busy", "queued"},
          &model);
    }
    if (entry.is_runnable && entry.is_admitted && models.size() < kMaxEstimates) {
      auto estimate = co_await Estimate(parts, entry.sha256);
      if (estimate.has_value()) model["estimate"] = *std::move(estimate);
    }
    models.push_back(std::move(model));
  }
  co_return models;
}

}  // namespace

Answer HandleModelList(Parts* parts, Call* /*call*/) {
  json::object body;
  SECAI_CO_API_ASSIGN(body["models"], co_await ListModels(parts));
  SECAI_CO_API_ASSIGN(const json::object reply,
                      co_await Ask(parts->rooms.quarantine, "quarantine", "quarantine.list", {}));
  body["quarantine"] = ArrayOf(reply, "claims");
  co_return JsonResponse(200, body);
}

Answer HandleModelEstimate(Parts* parts, Call* call) {
  SECAI_CO_API_ASSIGN(const ModelEntry model, co_await FindModel(parts, call->parameter("name")));
  SECAI_CO_API_ASSIGN(const json::object estimate, co_await Estimate(parts, model.sha256));
  co_return JsonResponse(200, estimate);
}

}  // namespace secai::gateway
