#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "base/result.h"
#include "http/response.h"

namespace secai::gateway {

// Why a request gets no answer, in words for the client. Plain value.
//
// `message` is one sentence without paths, policy or another room's text, except where a room says
// which member of the request is wrong (kInvalidArgument), shown escaped.
// Source of the table of status and type: the OpenAI error shape; llama.cpp's server for
// exceed_context_size_error.
struct ApiError {
  int status = 500;
  std::string message = {};
  std::string code = {};        // "model_not_found"; empty: none.
  std::string param = {};       // The member of the request that is wrong.
  std::string type = {};        // Empty: the usual one of the status.
  int retry_after_seconds = 0;  // Sent as Retry-After when above 0.
  std::string allow = {};       // Of 405.
  std::vector<std::pair<std::string, std::int64_t>> numbers = {};  // More members, as n_ctx.
};

// A T or the ApiError that explains why there is none.
template <typename T = void>
class [[nodiscard]] ApiResult : public tl::expected<T, ApiError> {
 public:
  using tl::expected<T, ApiError>::expected;
};

inline tl::unexpected<ApiError> Refuse(ApiError error) {
  return tl::unexpected<ApiError>(std::move(error));
}

// Which clients read the error: ours {"error": text, "code"?}, or OpenAI's {"error": {…}}.
enum class ErrorShape : std::uint8_t { kPlain, kOpenAi };

// The JSON text of the error, in `shape`.
std::string ErrorJson(const ApiError& error, ErrorShape shape);
http::Response ErrorResponse(const ApiError& error, ErrorShape shape);

ApiError BadRequest(std::string message, std::string param = "");
// The error of an upload or body that could not be read (http/exchange.h).
ApiError FromBodyError(const Error& error);
// A message of strict_json or json_fields: "messages[0].role: …"; param is what stands before ": ".
ApiError FromFieldError(const Error& error);
// What another room answered; `room` is its name for people ("the registry").
ApiError FromRoomError(const Error& error, std::string_view room);
// What inference answered to a generation; tells context overflow, queue and loading apart.
ApiError FromGenerateError(const Error& error);

}  // namespace secai::gateway

// Leaves a coroutine with the ApiError of `expr`, or keeps its value.
#define SECAI_CO_API_TRY_IMPL_(tmp, expr)                                             \
  do {                                                                                \
    if (auto tmp = (expr); !tmp.has_value()) [[unlikely]]                             \
      co_return ::tl::unexpected<::secai::gateway::ApiError>(std::move(tmp).error()); \
  } while (false)
#define SECAI_CO_API_ASSIGN_IMPL_(tmp, decl, expr)                                  \
  auto tmp = (expr);                                                                \
  if (!tmp.has_value()) [[unlikely]]                                                \
    co_return ::tl::unexpected<::secai::gateway::ApiError>(std::move(tmp).error()); \
  decl = *std::move(tmp)
#define SECAI_CO_API_TRY(expr) SECAI_CO_API_TRY_IMPL_(SECAI_CONCAT_(tried_, __LINE__), expr)
#define SECAI_CO_API_ASSIGN(decl, expr) \
  SECAI_CO_API_ASSIGN_IMPL_(SECAI_CONCAT_(try_, __LINE__), decl, expr)
