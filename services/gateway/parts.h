#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/random.h"
#include "gateway/api_error.h"
#include "gateway/config.h"
#include "gateway/events.h"
#include "gateway/metrics.h"
#include "gateway/refusals.h"
#include "http/exchange.h"
#include "http/guard.h"
#include "http/static_files.h"
#include "net/caller.h"

namespace secai::gateway {

// The other rooms. Borrowed.
struct Rooms {
  net::Caller* supervisor = nullptr;
  net::Caller* audit = nullptr;
  net::Caller* registry = nullptr;
  net::Caller* quarantine = nullptr;
  net::Caller* inference = nullptr;
};

// What a route may use. All borrowed; lives as long as the server.
struct Parts {
  Rooms rooms;
  const Clock* clock = nullptr;
  Random* random = nullptr;
  const Config* config = nullptr;
  EventHub* events = nullptr;
  Metrics* metrics = nullptr;
  RefusalReporter* refusals = nullptr;
  const http::StaticFiles* page = nullptr;  // Null: the page is not installed.
  std::string confinement_json;             // What the kernel probe said at start (sandbox).
};

// One request on its way through a route. Lives until the answer is sent.
struct Call {
  http::Exchange* exchange = nullptr;
  std::map<std::string, std::string, std::less<>> parameters;  // Of the path.

  const http::Request& request() const { return exchange->request(); }
  const std::string& parameter(std::string_view name) const {
    return parameters.find(name)->second;
  }
};

using Answer = boost::asio::awaitable<ApiResult<http::Response>>;

}  // namespace secai::gateway
