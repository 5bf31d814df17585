#include "gateway/openai_answer.h"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace secai::gateway {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxToolCalls = 128;

json::object UsageOf(const GenerationEnd& end) {
  json::object details;
  details["cached_tokens"] = end.cached_tokens;
  json::object usage;
  usage["prompt_tokens"] = end.prompt_tokens;
  usage["completion_tokens"] = end.completion_tokens;
  usage["total_tokens"] = end.prompt_tokens + end.completion_tokens;
  usage["prompt_tokens_details"] = std::move(details);
  return usage;
}

// {index, id?, name?, arguments} as {index, id?, type, function{name?, arguments}}.
json::object ToolCallOf(const json::value& piece, bool has_index) {
  json::object function;
  json::object call;
  const json::object empty;
  const json::object& from = piece.is_object() ? piece.get_object() : empty;
  if (const json::value* index = from.if_contains("index"); has_index && index != nullptr) {
    call["index"] = *index;
  }
  if (const json::value* id = from.if_contains("id"); id != nullptr) {
    call["id"] = *id;
    call["type"] = "function";
  }
  if (const json::value* name = from.if_contains("name"); name != nullptr) {
    function["name"] = *name;
  }
  const json::value* arguments = from.if_contains("arguments");
  function["arguments"] = arguments != nullptr ? *arguments : json::value("");
  call["function"] = std::move(function);
  return call;
}

}  // namespace

OpenAiAnswer::OpenAiAnswer(Kind kind, std::string id, std::string model, std::int64_t created,
                           bool includes_usage)
    : kind_(kind),
      id_(std::move(id)),
      model_(std::move(model)),
      created_(created),
      includes_usage_(includes_usage) {
  const bool is_chat = kind_ == Kind::kChat;
  prefix_ = json::serialize(Head(is_chat ? "chat.completion.chunk" : "text_completion"));
  prefix_.pop_back();  // The closing brace.
  if (includes_usage_) prefix_ += ",\"usage\":null";
  prefix_ += ",\"choices\":[{\"index\":0,\"logprobs\":null,";
}

json::object OpenAiAnswer::Head(std::string_view object) const {
  json::object head;
  head["id"] = id_;
  head["object"] = object;
  head["created"] = created_;
  head["model"] = model_;
  return head;
}

std::string OpenAiAnswer::Chunk(const std::string& choice) const {
  return prefix_ + choice + "}]}";
}

std::string OpenAiAnswer::First() const {
  if (kind_ == Kind::kCompletion) return "";
  return Chunk(R"("delta":{"role":"assistant","content":""},"finish_reason":null)");
}

std::string OpenAiAnswer::Part(const GenerationItem& item) const {
  if (kind_ == Kind::kCompletion) {
    return Chunk("\"text\":" + json::serialize(json::string(item.text)) +
                 ",\"finish_reason\":null");
  }
  json::object delta;
  if (!item.text.empty()) delta["content"] = item.text;
  if (!item.reasoning.empty()) delta["reasoning_content"] = item.reasoning;
  if (!item.tool_calls.empty()) {
    json::array calls;
    for (const json::value& piece : item.tool_calls) calls.push_back(ToolCallOf(piece, true));
    delta["tool_calls"] = std::move(calls);
  }
  return Chunk("\"delta\":" + json::serialize(delta) + ",\"finish_reason\":null");
}

std::string OpenAiAnswer::Finish(const GenerationEnd& end) const {
  std::string chunk = Chunk((kind_ == Kind::kChat ? "\"delta\":{},\"finish_reason\":"
                                                  : "\"text\":\"\",\"finish_reason\":") +
                            json::serialize(json::string(end.finish_reason)));
  if (includes_usage_) return chunk;
  chunk.pop_back();
  return chunk + ",\"timings\":" + json::serialize(end.timings) + "}";
}

std::string OpenAiAnswer::Usage(const GenerationEnd& end) const {
  if (!includes_usage_) return "";
  json::object chunk = Head(kind_ == Kind::kChat ? "chat.completion.chunk" : "text_completion");
  chunk["choices"] = json::array();
  chunk["usage"] = UsageOf(end);
  chunk["timings"] = end.timings;
  return json::serialize(chunk);
}

json::object OpenAiAnswer::Whole(const GenerationItem& whole, const GenerationEnd& end) const {
  json::object choice;
  choice["index"] = 0;
  if (kind_ == Kind::kCompletion) {
    choice["text"] = whole.text;
  } else {
    json::object message;
    message["role"] = "assistant";
    message["content"] = whole.text;
    message["refusal"] = nullptr;
    if (!whole.reasoning.empty()) message["reasoning_content"] = whole.reasoning;
    if (!whole.tool_calls.empty()) {
      json::array calls;
      for (const json::value& call : whole.tool_calls) calls.push_back(ToolCallOf(call, false));
      message["tool_calls"] = std::move(calls);
      if (whole.text.empty()) message["content"] = nullptr;
    }
    choice["message"] = std::move(message);
  }
  choice["logprobs"] = nullptr;
  choice["finish_reason"] = end.finish_reason;
  json::object answer = Head(kind_ == Kind::kChat ? "chat.completion" : "text_completion");
  answer["choices"] = json::array{std::move(choice)};
  answer["usage"] = UsageOf(end);
  answer["timings"] = end.timings;
  return answer;
}

void JoinItem(GenerationItem item, GenerationItem* whole) {
  whole->text += item.text;
  whole->reasoning += item.reasoning;
  for (json::value& piece : item.tool_calls) {
    json::object* part = piece.if_object();
    if (part == nullptr) continue;
    const json::value* number = part->if_contains("index");
    const std::size_t index = number != nullptr && number->is_int64() && number->get_int64() >= 0
                                  ? static_cast<std::size_t>(number->get_int64())
                                  : 0;
    if (index >= kMaxToolCalls) continue;
    while (whole->tool_calls.size() <= index) whole->tool_calls.push_back(json::object());
    json::object& call = whole->tool_calls[index].get_object();
    std::string arguments;
    for (const json::object* source : {&std::as_const(call), &std::as_const(*part)}) {
      const json::value* text = source->if_contains("arguments");
      if (text != nullptr && text->is_string()) arguments += std::string_view(text->get_string());
    }
    for (const auto& member : *part) call[member.key()] = member.value();
    call["arguments"] = arguments;
  }
}

}  // namespace secai::gateway
