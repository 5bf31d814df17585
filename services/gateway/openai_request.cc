#include "gateway/openai_request.h"

#include <string>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/json_fields.h"
#include "gateway/openai_fields.h"
#include "inference/api/generate.h"

namespace secai::gateway {
namespace {

namespace json = boost::json;

constexpr std::int64_t kDefaultCompletionTokens = 16;  // OpenAI API reference, "max_tokens".

// The last word is inference's own: what it would refuse is refused here, before a link is used.
Result<> CheckGenerate(const json::object& generate) {
  TRY(inference::ParseGenerateRequest(generate));
  return Ok();
}

Result<OpenAiRequest> ReadChat(const json::object& body, const std::string& identity) {
  TRY(RefuseUnknownMembers(body, {"model",
                                  "messages",
                                  "stream",
                                  "stream_options",
                                  "n",
                                  "temperature",
                                  "top_p",
                                  "top_k",
                                  "min_p",
                                  "presence_penalty",
                                  "frequency_penalty",
                                  "max_tokens",
                                  "max_completion_tokens",
                                  "seed",
                                  "stop",
                                  "logit_bias",
                                  "tools",
                                  "tool_choice",
                                  "parallel_tool_calls",
                                  "response_format",
                                  "logprobs",
                                  "top_logprobs",
                                  "user",
                                  "metadata",
                                  "store",
                                  "service_tier",
                                  "safety_identifier",
                                  "prompt_cache_key",
                                  "prompt_cache_retention",
                                  "verbosity",
                                  "reasoning_effort",
                                  "modalities",
                                  "audio",
                                  "prediction",
                                  "functions",
                                  "function_call",
                                  "web_search_options",
                                  "cache_prompt"}));
  TRY(RefuseGiven(body, {"logprobs", "top_logprobs", "audio", "functions", "function_call",
                         "web_search_options"}));
  TRY_ASSIGN(const json::array* modalities, GetOptionalArray(body, "modalities"));
  for (const json::value& modality : modalities != nullptr ? *modalities : json::array()) {
    if (modality != "text") return Fail(ErrorCode::kInvalidArgument, "modalities: only text");
  }
  TRY_ASSIGN(const auto parallel, GetOptionalBool(body, "parallel_tool_calls"));
  static_cast<void>(parallel);  // The model's template decides how many calls it can make.
  OpenAiRequest request;
  TRY(ReadSharedFields(body, &request));
  TRY_ASSIGN(const json::array* messages, GetArray(body, "messages"));
  TRY_ASSIGN(request.generate["messages"], ConvertMessages(*messages));
  TRY(ConvertTools(body, &request.generate));
  TRY(ConvertResponseFormat(body, &request.generate));
  request.generate["identity"] = identity;
  TRY(CheckGenerate(request.generate));
  return request;
}

// One text, or a list that holds one.
Result<std::string> ReadPrompt(const json::object& body) {
  const json::value* prompt = body.if_contains("prompt");
  if (prompt != nullptr && prompt->is_array() && prompt->get_array().size() == 1) {
    prompt = &prompt->get_array().front();
  }
  if (prompt == nullptr || !prompt->is_string() || prompt->get_string().empty()) {
    return Fail(ErrorCode::kInvalidArgument, "prompt: one text that is not empty is needed");
  }
  return std::string(prompt->get_string());
}

Result<OpenAiRequest> ReadCompletion(const json::object& body, const std::string& identity) {
  TRY(RefuseUnknownMembers(body, {"model",
                                  "prompt",
                                  "stream",
                                  "stream_options",
                                  "n",
                                  "best_of",
                                  "temperature",
                                  "top_p",
                                  "top_k",
                                  "min_p",
                                  "presence_penalty",
                                  "frequency_penalty",
                                  "max_tokens",
                                  "seed",
                                  "stop",
                                  "logit_bias",
                                  "logprobs",
                                  "echo",
                                  "suffix",
                                  "user",
                                  "cache_prompt"}));
  TRY(RefuseGiven(body, {"logprobs", "echo", "suffix"}));
  TRY_ASSIGN(const auto best_of, GetOptionalInt(body, "best_of", 1, 1));
  static_cast<void>(best_of);  // Only 1 is in range.
  OpenAiRequest request;
  TRY(ReadSharedFields(body, &request));
  TRY_ASSIGN(request.generate["prompt"], ReadPrompt(body));
  request.generate["raw"] = true;
  if (!request.generate.contains("max_tokens")) {
    request.generate["max_tokens"] = kDefaultCompletionTokens;
  }
  request.generate["identity"] = identity;
  TRY(CheckGenerate(request.generate));
  return request;
}

ApiResult<OpenAiRequest> ToApi(Result<OpenAiRequest> request) {
  if (!request.has_value()) return Refuse(FromFieldError(request.error()));
  return *std::move(request);
}

}  // namespace

ApiResult<OpenAiRequest> ParseChatRequest(const json::object& body, const std::string& identity) {
  return ToApi(ReadChat(body, identity));
}

ApiResult<OpenAiRequest> ParseCompletionRequest(const json::object& body,
                                                const std::string& identity) {
  return ToApi(ReadCompletion(body, identity));
}

}  // namespace secai::gateway
