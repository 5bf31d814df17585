#pragma once

#include <string_view>

#include "gateway/parts.h"
#include "http/exchange.h"
#include "http/guard.h"
#include "http/router.h"

namespace secai::http {
class Server;
}

namespace secai::gateway {

// Every request goes through here: find the route, ask Authorize(), call the handler, shape the
// error, count. Thread-safety: one thread only. Ownership: `parts` outlives it.
class GatewayService final : public http::Service {
 public:
  explicit GatewayService(Parts* parts);

  // For the gauges of /metrics; must be set before the first request. Borrowed.
  void SetServer(const http::Server* server) { server_ = server; }

  boost::asio::awaitable<http::Response> Handle(http::Exchange* exchange) override;
  http::Response Refuse(int status, std::string_view reason) override;

 private:
  http::Response Metrics();

  Parts* parts_;
  const http::Server* server_ = nullptr;
  http::Router router_;
  http::GuardPolicy policy_;
};

}  // namespace secai::gateway
