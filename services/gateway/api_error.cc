#include "gateway/api_error.h"

#include <array>
#include <charconv>
#include <optional>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/utf8.h"

namespace secai::gateway {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxShownBytes = 300;
constexpr int kRetrySeconds = 2;

std::string_view UsualType(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 429:
      return "rate_limit_error";
    case 500:
      return "server_error";
    case 503:
    case 507:
      return "unavailable_error";
    default:
      return "invalid_request_error";
  }
}

// The number right after `words` in `text`.
std::optional<std::int64_t> NumberAfter(std::string_view text, std::string_view words) {
  const std::size_t found = text.find(words);
  if (found == std::string_view::npos) return std::nullopt;
  text.remove_prefix(found + words.size());
  std::int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc()) return std::nullopt;
  return number;
}

// The member that a message of json_fields begins with: "tools[0].name: too long".
std::string MemberOf(std::string_view message) {
  const std::size_t colon = message.find(": ");
  if (colon == std::string_view::npos || colon > 128) return "";
  const std::string_view member = message.substr(0, colon);
  if (member.find_first_of(" ,") != std::string_view::npos) return "";
  return EscapeForDisplay(member, 128);
}

json::value TextOrNull(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

}  // namespace

std::string ErrorJson(const ApiError& error, ErrorShape shape) {
  json::object outer;
  if (shape == ErrorShape::kPlain) {
    outer["error"] = error.message;
    if (!error.code.empty()) outer["code"] = error.code;
    for (const auto& [name, number] : error.numbers) outer[name] = number;
    return json::serialize(outer);
  }
  json::object inner;
  inner["message"] = error.message;
  inner["type"] = error.type.empty() ? UsualType(error.status) : std::string_view(error.type);
  inner["code"] = TextOrNull(error.code);
  inner["param"] = TextOrNull(error.param);
  for (const auto& [name, number] : error.numbers) inner[name] = number;
  outer["error"] = std::move(inner);
  return json::serialize(outer);
}

http::Response ErrorResponse(const ApiError& error, ErrorShape shape) {
  http::Response response =
      http::MakeResponse(error.status, "application/json", ErrorJson(error, shape));
  if (error.retry_after_seconds > 0) {
    response.headers.push_back(
        {.name = "Retry-After", .value = std::to_string(error.retry_after_seconds)});
  }
  if (!error.allow.empty()) response.headers.push_back({.name = "Allow", .value = error.allow});
  return response;
}

ApiError BadRequest(std::string message, std::string param) {
  return {.status = 400, .message = std::move(message), .param = std::move(param)};
}

ApiError FromBodyError(const Error& error) {
  switch (error.code) {
    case ErrorCode::kDenied:
      return {.status = 413, .message = "the body is too large", .code = "too_large"};
    case ErrorCode::kInvalidArgument:
      return BadRequest("the body is framed wrongly");
    default:
      return {.status = 408, .message = "the body did not come in time"};
  }
}

ApiError FromFieldError(const Error& error) {
  return BadRequest(EscapeForDisplay(error.message, kMaxShownBytes), MemberOf(error.message));
}

ApiError FromRoomError(const Error& error, std::string_view room) {
  const std::string name(room);
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return FromFieldError(error);
    case ErrorCode::kDenied:
      return {.status = 403, .message = name + " refuses this", .code = "denied"};
    case ErrorCode::kNotFound:
      return {.status = 404, .message = name + " does not have it", .code = "not_found"};
    case ErrorCode::kUnavailable:
      return {.status = 503,
              .message = name + " does not answer; try again",
              .code = "unavailable",
              .retry_after_seconds = kRetrySeconds};
    case ErrorCode::kCorrupt:
      return {.status = 409,
              .message = name + " found bytes that differ from what was admitted",
              .code = "corrupt"};
    case ErrorCode::kInternal:
      break;
  }
  return {.status = 500, .message = name + " failed", .code = "internal"};
}

ApiError FromGenerateError(const Error& error) {
  const auto prompt_tokens = NumberAfter(error.message, "prompt of ");
  const auto context = NumberAfter(error.message, "over the context of ");
  if (error.code == ErrorCode::kInvalidArgument && prompt_tokens.has_value() &&
      context.has_value()) {
    return {.status = 400,
            .message = "the prompt of " + std::to_string(*prompt_tokens) +
                       " tokens is over the context of " + std::to_string(*context),
            .code = "context_length_exceeded",
            .param = "messages",
            .type = "exceed_context_size_error",
            .numbers = {{"n_prompt_tokens", *prompt_tokens}, {"n_ctx", *context}}};
  }
  if (error.code == ErrorCode::kNotFound) {
    return {.status = 404, .message = "the model does not exist", .code = "model_not_found"};
  }
  if (error.code != ErrorCode::kUnavailable) return FromRoomError(error, "inference");
  ApiError busy = {.status = 503, .retry_after_seconds = kRetrySeconds};
  if (error.message.find("queue is full") != std::string::npos) {
    busy.message = "too many requests wait for this model; try again";
    busy.code = "queue_full";
  } else if (error.message.find("loading") != std::string::npos) {
    busy.message = "the model is loading; try again";
    busy.code = "model_loading";
  } else {
    busy.message = "the model stopped answering; try again";
    busy.code = "unavailable";
  }
  return busy;
}

}  // namespace secai::gateway
