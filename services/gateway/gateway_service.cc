#include "gateway/gateway_service.h"

#include <exception>
#include <string>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "gateway/access.h"
#include "gateway/page_headers.h"
#include "gateway/routes.h"
#include "http/server.h"

namespace secai::gateway {
namespace {

namespace asio = boost::asio;

bool IsClientApi(const http::Request& request) {
  return !request.target.segments.empty() && request.target.segments.front() == "v1";
}

// For a path that is in no table: the class that its neighbours have.
http::RouteClass ClassOfUnknown(const http::Request& request) {
  return IsClientApi(request) ? http::RouteClass::kClientApi : http::RouteClass::kOwnerState;
}

ApiError NotAvailable(std::string_view missing) {
  return {.status = 503,
          .message = std::string(missing) + " is not part of this build yet",
          .code = "not_available"};
}

}  // namespace

GatewayService::GatewayService(Parts* parts) : parts_(parts) {
  policy_.owner_uids = parts_->config->owner_uids;
  std::size_t number = 0;
  for (const Route& route : AllRoutes()) router_.Add(route.method, route.pattern, number++);
}

asio::awaitable<http::Response> GatewayService::Handle(http::Exchange* exchange) {
  const http::Request& request = exchange->request();
  http::RouteMatch match = router_.Match(request.method, request.target);
  const bool is_known = match.kind != http::RouteMatch::Kind::kNoRoute;
  const Route* route = is_known ? &AllRoutes()[match.route] : nullptr;
  const ErrorShape shape = IsClientApi(request) ? ErrorShape::kOpenAi : ErrorShape::kPlain;
  ApiResult<http::Response> answer = http::Response();
  const ApiResult<> allowed =
      Authorize(request, is_known ? route->route_class : ClassOfUnknown(request), policy_);
  if (!allowed.has_value()) {
    parts_->metrics->CountRefusal(allowed.error().status);
    parts_->refusals->Note(allowed.error().message, WhoAsked(request));
    answer = gateway::Refuse(allowed.error());
  } else if (!is_known) {
    answer =
        gateway::Refuse({.status = 404, .message = "there is no such route", .code = "not_found"});
  } else if (match.kind == http::RouteMatch::Kind::kWrongMethod) {
    answer = gateway::Refuse(
        {.status = 405, .message = "this route has another method", .allow = match.allow});
  } else if (match.kind == http::RouteMatch::Kind::kOptions) {
    answer->status = 204;
    answer->headers.push_back({.name = "Allow", .value = match.allow});
  } else if (!route->missing.empty()) {
    answer = gateway::Refuse(NotAvailable(route->missing));
  } else if (route->handler == nullptr) {
    answer = Metrics();
  } else {
    Call call;
    call.exchange = exchange;
    call.parameters = std::move(match.parameters);
    answer = co_await route->handler(parts_, &call);
  }
  http::Response response =
      answer.has_value() ? *std::move(answer) : ErrorResponse(answer.error(), shape);
  for (const auto& [name, value] : kPageHeaders) {
    response.headers.push_back({.name = std::string(name), .value = std::string(value)});
  }
  response.headers.push_back({.name = "X-Request-Id", .value = RandomToken(*parts_->random, 10)});
  parts_->metrics->CountRequest(is_known ? route->pattern : "", response.status);
  co_return response;
}

http::Response GatewayService::Refuse(int status, std::string_view reason) {
  ApiError error;
  error.status = status;
  error.message = std::string(reason);
  parts_->metrics->CountRequest("", status);
  return ErrorResponse(error, ErrorShape::kPlain);
}

http::Response GatewayService::Metrics() {
  const std::size_t connections = server_ != nullptr ? server_->stats().open_connections : 0;
  return http::MakeResponse(200, "text/plain; version=0.0.4",
                            parts_->metrics->ToText(connections, parts_->events->reader_count()));
}

}  // namespace secai::gateway
