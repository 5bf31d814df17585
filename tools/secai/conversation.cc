#include "secai/conversation.h"

#include <boost/json/serialize.hpp>

#include "base/json_fields.h"
#include "base/strict_json.h"
#include "secai/event_stream.h"
#include "secai/json_view.h"

namespace secai::cli {

namespace json = boost::json;

std::string ChatRequest(const Invocation& invocation, const std::string& model,
                        const std::vector<Turn>& turns, bool streams) {
  json::array messages;
  for (const Turn& turn : turns) {
    messages.push_back(json::object{{"role", turn.role}, {"content", turn.content}});
  }
  json::object request = {{"model", model}, {"messages", std::move(messages)}, {"stream", streams}};
  if (invocation.max_tokens) request["max_tokens"] = *invocation.max_tokens;
  if (invocation.temperature) request["temperature"] = *invocation.temperature;
  if (invocation.seed) request["seed"] = *invocation.seed;
  return json::serialize(request);
}

Result<std::string> TextOfChunk(std::string_view data) {
  TRY_ASSIGN(const json::value value, ParseStrictJson(data));
  TRY_ASSIGN(const json::object* chunk, AsObject(value, "the answer"));
  if (const json::object& error = ObjectOf(*chunk, "error"); !error.empty()) {
    return Fail(ErrorCode::kUnavailable, TextOf(error, "message"));
  }
  const json::array& choices = ArrayOf(*chunk, "choices");
  if (choices.empty()) return std::string();  // The usage chunk.
  const json::object& delta = ObjectOf(ObjectOf(choices.front()), "delta");
  TRY_ASSIGN(const auto content, GetOptionalString(delta, "content"));
  return content.value_or("");
}

Result<std::string> StreamAnswer(const Context& context, const std::string& model,
                                 const std::vector<Turn>& turns,
                                 const std::function<void(std::string_view)>& show) {
  EventStream events;
  std::string answer;
  Result<> problem = Ok();
  bool is_done = false;
  const auto take = [&](std::string_view data) {
    if (is_done || !problem.has_value()) return;
    if (data == "[DONE]") {
      is_done = true;
      return;
    }
    const auto text = TextOfChunk(data);
    if (!text.has_value()) {
      problem = tl::unexpected(text.error());
      return;
    }
    answer += *text;
    show(*text);
  };
  const Result<> streamed = context.gateway.Stream(
      "POST", "/v1/chat/completions", ChatRequest(context.invocation, model, turns, true),
      [&](std::string_view piece) {
        if (problem.has_value()) problem = events.Push(piece, take);
        return problem.has_value() && !is_done && !WasInterrupted();
      });
  TRY(problem);
  if (WasInterrupted()) return answer;  // Cut short on request.
  TRY(streamed);
  if (!is_done) return Fail(ErrorCode::kUnavailable, "the answer broke off");
  return answer;
}

Result<std::string> ChooseModel(GatewayClient& gateway, const std::string& wanted) {
  if (!wanted.empty()) return wanted;
  TRY_ASSIGN(const json::value answer, gateway.AskJson("GET", "/v1/models"));
  const json::array& models = ArrayOf(ObjectOf(answer), "data");
  if (models.empty()) {
    return Fail(ErrorCode::kNotFound,
                "no model that can run is admitted yet; import one with: secai models import FILE");
  }
  TRY_ASSIGN(std::string id, GetString(ObjectOf(models.front()), "id"));
  return id;
}

}  // namespace secai::cli
