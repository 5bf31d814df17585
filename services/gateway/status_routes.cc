// Health, readiness, the security status, the audit log's tail and the live events.

#include <charconv>
#include <memory>
#include <string>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/json_fields.h"
#include "base/strict_json.h"
#include "gateway/json_http.h"
#include "gateway/routes.h"
#include "http/sse.h"

namespace secai::gateway {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::chrono::milliseconds kReadyBudget{2000};
constexpr std::chrono::milliseconds kHeartbeat{15'000};
constexpr std::int64_t kMaxAuditEntries = 1000;
constexpr std::int64_t kUsualAuditEntries = 100;

// Asks each room something small: one that answers can be used.
asio::awaitable<json::array> MissingRooms(const Parts* parts) {
  json::array missing;
  json::object tail;
  tail["limit"] = 1;
  if (!(co_await Ask(parts->rooms.audit, "audit", "audit.tail", tail, kReadyBudget)).has_value()) {
    missing.emplace_back("audit");
  }
  if (!(co_await Ask(parts->rooms.registry, "registry", "registry.list", {}, kReadyBudget))
           .has_value()) {
    missing.emplace_back("registry");
  }
  if (!(co_await Ask(parts->rooms.quarantine, "quarantine", "quarantine.list", {}, kReadyBudget))
           .has_value()) {
    missing.emplace_back("quarantine");
  }
  if (!(co_await Ask(parts->rooms.inference, "inference", "inference.state", {}, kReadyBudget))
           .has_value()) {
    missing.emplace_back("inference");
  }
  co_return missing;
}

// {room, state, seccomp, no_new_privs, landlock} of each room, as the supervisor reads it from the
// kernel.
asio::awaitable<json::array> RoomStates(const Parts* parts) {
  json::array rooms;
  const auto reply =
      co_await Ask(parts->rooms.supervisor, "the supervisor", "control.state", {}, kReadyBudget);
  if (!reply.has_value()) co_return rooms;
  const auto listed = GetArray(*reply, "rooms");
  for (const json::value& value : listed.has_value() ? **listed : json::array()) {
    const json::object* state = value.if_object();
    if (state == nullptr) continue;
    const auto member = [state](std::string_view name) {
      const json::value* found = state->if_contains(name);
      return found != nullptr ? *found : json::value(nullptr);
    };
    json::object room;
    room["room"] = member("name");
    for (const std::string_view name :
         {"state", "restarts", "seccomp", "no_new_privs", "landlock"}) {
      room[name] = member(name);
    }
    rooms.push_back(std::move(room));
  }
  co_return rooms;
}

json::object Confinement(const Parts* parts) {
  const auto probe = ParseStrictJson(parts->confinement_json);
  json::object confinement;
  if (!probe.has_value() || !probe->is_object()) return confinement;
  confinement = probe->get_object();
  const json::value* namespaces = confinement.if_contains("namespaces");
  confinement["user_namespaces"] = namespaces != nullptr ? *namespaces : json::value(nullptr);
  return confinement;
}

// A whole number of the query, or `otherwise` when it is not there.
ApiResult<std::int64_t> NumberOf(const http::Request& request, std::string_view name,
                                 std::int64_t min, std::int64_t max, std::int64_t otherwise) {
  const auto text = request.target.QueryValue(name);
  if (!text.has_value()) return otherwise;
  std::int64_t number = 0;
  const auto parsed = std::from_chars(text->data(), text->data() + text->size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text->data() + text->size() || number < min ||
      number > max) {
    return Refuse(BadRequest(std::string(name) + ": a whole number from " + std::to_string(min) +
                                 " to " + std::to_string(max) + " is needed",
                             std::string(name)));
  }
  return number;
}

asio::awaitable<Result<>> SendEvents(http::StreamWriter* writer,
                                     std::shared_ptr<EventHub::Reader> reader) {
  while (true) {
    CO_TRY_ASSIGN(std::string events, co_await reader->Next());
    CO_TRY(co_await writer->Write(std::move(events)));
  }
}

}  // namespace

Answer HandleHealth(Parts* /*parts*/, Call* /*call*/) {
  json::object body;
  body["status"] = "ok";
  co_return JsonResponse(200, body);
}

Answer HandleReady(Parts* parts, Call* /*call*/) {
  const json::array missing = co_await MissingRooms(parts);
  json::object body;
  body["status"] = missing.empty() ? "ready" : "not ready";
  if (!missing.empty()) body["missing"] = missing;
  co_return JsonResponse(missing.empty() ? 200 : 503, body);
}

Answer HandleSecurityStatus(Parts* parts, Call* /*call*/) {
  json::object body;
  // Rooms that are not built have no state: null, never a guess.
  for (const std::string_view name : {"vault_status", "firewall_active", "airlock_enabled",
                                      "search_enabled", "integrity_ok", "last_integrity_check"}) {
    body[name] = nullptr;
  }
  json::object confinement = Confinement(parts);
  confinement["rooms"] = co_await RoomStates(parts);
  body["confinement"] = std::move(confinement);
  body["network"] = "none";
  body["vault_note"] =
      "There is no vault yet: admitted models lie unencrypted on this disk, and conversations are "
      "kept in this page's memory only.";
  body["version"] = SECAI_VERSION;
  const auto state =
      co_await Ask(parts->rooms.inference, "inference", "inference.state", {}, kReadyBudget);
  const json::value* engine = state.has_value() ? state->if_contains("engine") : nullptr;
  body["engine"] = engine != nullptr ? *engine : json::value(nullptr);
  co_return JsonResponse(200, body);
}

Answer HandleAuditTail(Parts* parts, Call* call) {
  const http::Request& request = call->request();
  for (const auto& [name, value] : request.target.query) {
    if (name != "limit" && name != "after" && name != "before" && name != "event") {
      co_return Refuse(
          BadRequest("unknown query member; known are limit, after, before and event"));
    }
  }
  json::object question;
  SECAI_CO_API_ASSIGN(question["limit"],
                      NumberOf(request, "limit", 1, kMaxAuditEntries, kUsualAuditEntries));
  if (request.target.QueryValue("after").has_value()) {
    SECAI_CO_API_ASSIGN(question["after_seq"], NumberOf(request, "after", 0, INT64_MAX, 0));
  }
  if (request.target.QueryValue("before").has_value()) {
    SECAI_CO_API_ASSIGN(question["before_seq"], NumberOf(request, "before", 1, INT64_MAX, 1));
  }
  if (const auto event = request.target.QueryValue("event"); event.has_value()) {
    if (event->size() > 64) co_return Refuse(BadRequest("event: over 64 bytes", "event"));
    question["event_prefix"] = *event;
  }
  SECAI_CO_API_ASSIGN(const json::object reply, co_await Ask(parts->rooms.audit, "the audit log",
                                                             "audit.tail", std::move(question)));
  co_return JsonResponse(200, reply);
}

Answer HandleEvents(Parts* parts, Call* /*call*/) {
  const auto reader = parts->events->Join();
  if (!reader.has_value()) {
    co_return Refuse({.status = 503,
                      .message = "too many readers of events",
                      .code = "unavailable",
                      .retry_after_seconds = 10});
  }
  http::Response response = http::MakeResponse(200, std::string(http::kSseContentType), "");
  response.heartbeat = std::string(http::kSsePing);
  response.heartbeat_interval = kHeartbeat;
  response.stream = [reader = *reader](http::StreamWriter* writer) {
    return SendEvents(writer, reader);
  };
  co_return response;
}

}  // namespace secai::gateway
