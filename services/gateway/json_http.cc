#include "gateway/json_http.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/strict_json.h"

namespace secai::gateway {

namespace asio = boost::asio;
namespace json = boost::json;

http::Response JsonResponse(int status, const json::object& body) {
  return http::MakeResponse(status, "application/json", json::serialize(body));
}

ApiResult<json::object> ParseJsonObject(std::string_view body) {
  JsonLimits limits;
  limits.max_bytes = kMaxChatBodyBytes;
  limits.max_string_bytes = kMaxChatBodyBytes;
  limits.max_depth = 80;  // A JSON schema may nest 64 deep.
  Result<json::value> value = ParseStrictJson(body, limits);
  if (!value.has_value()) return Refuse(FromFieldError(value.error()));
  if (!value->is_object()) return Refuse(BadRequest("the body must be one JSON object"));
  return std::move(value->get_object());
}

asio::awaitable<ApiResult<json::object>> ReadJsonObject(http::Exchange* exchange,
                                                        std::size_t max_bytes, bool may_be_empty) {
  const Result<std::string> body = co_await exchange->ReadBody(max_bytes);
  if (!body.has_value()) co_return Refuse(FromBodyError(body.error()));
  if (body->empty() && may_be_empty) co_return json::object();
  co_return ParseJsonObject(*body);
}

asio::awaitable<ApiResult<json::object>> Ask(net::Caller* room, std::string name,
                                             std::string method, json::object body,
                                             std::chrono::milliseconds budget) {
  net::Message message;
  message.body = std::move(body);
  Result<net::Message> reply = co_await room->Call(std::move(method), std::move(message), budget);
  if (!reply.has_value()) co_return Refuse(FromRoomError(reply.error(), name));
  co_return std::move(reply->body);
}

}  // namespace secai::gateway
