#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/json/fwd.hpp>
#include <boost/json/object.hpp>

#include "gateway/api_error.h"
#include "http/exchange.h"
#include "net/caller.h"

namespace secai::gateway {

inline constexpr std::size_t kMaxSmallBodyBytes = std::size_t{4} << 10;
// Conversations; a link frame has 8 MiB, and a text may grow when it is escaped again.
inline constexpr std::size_t kMaxChatBodyBytes = std::size_t{4} << 20;
inline constexpr std::chrono::milliseconds kRoomBudget{10'000};

http::Response JsonResponse(int status, const boost::json::object& body);

// Parses a body as one strict JSON object. Errors: 400 naming line and member.
ApiResult<boost::json::object> ParseJsonObject(std::string_view body);

// Reads the body and parses it. An empty one is an empty object when `may_be_empty`.
// Errors: 413, 408, 400.
boost::asio::awaitable<ApiResult<boost::json::object>> ReadJsonObject(http::Exchange* exchange,
                                                                      std::size_t max_bytes,
                                                                      bool may_be_empty = false);

// Asks a room; `name` is what people call it ("the registry").
boost::asio::awaitable<ApiResult<boost::json::object>> Ask(
    net::Caller* room, std::string name, std::string method, boost::json::object body,
    std::chrono::milliseconds budget = kRoomBudget);

// Runs `work`, and stops it when the client hangs up. `exchange` outlives the coroutine.
template <typename T>
boost::asio::awaitable<Result<>> StoreInto(boost::asio::awaitable<ApiResult<T>> work,
                                           std::optional<ApiResult<T>>* result) {
  result->emplace(co_await std::move(work));
  co_return Ok();
}

template <typename T>
boost::asio::awaitable<ApiResult<T>> WhileConnected(http::Exchange* exchange,
                                                    boost::asio::awaitable<ApiResult<T>> work) {
  std::optional<ApiResult<T>> result;
  const Result<> done = co_await exchange->WhileConnected(StoreInto(std::move(work), &result));
  if (result.has_value()) co_return *std::move(result);
  const bool has_gone = !done.has_value() && done.error().code == ErrorCode::kUnavailable;
  co_return Refuse({.status = has_gone ? 408 : 500,
                    .message = has_gone ? "the client has gone" : "internal error"});
}

}  // namespace secai::gateway
