#include "inference/api/generate.h"

#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "base/json_fields.h"

namespace secai::inference {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<Role, std::string_view>, 4> kRoleNames{
    {{Role::kSystem, "system"},
     {Role::kUser, "user"},
     {Role::kAssistant, "assistant"},
     {Role::kTool, "tool"}}};

bool IsName(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !name.empty() && name.size() <= kMaxNameBytes && std::ranges::all_of(name, is_allowed);
}

// How deep `value` nests: 1 for a scalar. Stops counting beyond `limit`.
std::size_t Depth(const json::value& value, std::size_t limit) {
  if (limit == 0) return 1;
  std::size_t deepest = 0;
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object)
      deepest = std::max(deepest, Depth(member.value(), limit - 1));
  } else if (const auto* array = value.if_array()) {
    for (const json::value& element : *array)
      deepest = std::max(deepest, Depth(element, limit - 1));
  }
  return 1 + deepest;
}

Result<> CheckSchema(const json::object& schema, std::string_view where) {
  if (Depth(schema, kMaxSchemaDepth + 1) > kMaxSchemaDepth) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: nests deeper than {}", where, kMaxSchemaDepth));
  }
  if (json::serialize(schema).size() > kMaxSchemaBytes) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{}: longer than {} bytes", where, kMaxSchemaBytes));
  }
  return Ok();
}

Result<const json::object*> ObjectAt(const json::array& array, std::size_t index,
                                     std::string_view name) {
  return AsObject(array[index], fmt::format("{}[{}]", name, index));
}

Result<ToolCall> ParseToolCall(const json::object& object) {
  TRY(RefuseUnknownMembers(object, {"id", "name", "arguments"}));
  ToolCall call;
  TRY_ASSIGN(auto id, GetOptionalString(object, "id", kMaxNameBytes));
  call.id = std::move(id).value_or("");
  TRY_ASSIGN(call.name, GetString(object, "name", kMaxNameBytes));
  if (!IsName(call.name)) return Fail(ErrorCode::kInvalidArgument, "name: not a tool name");
  TRY_ASSIGN(call.arguments, GetString(object, "arguments", kMaxTextBytes));
  return call;
}

Result<ChatMessage> ParseMessage(const json::object& object) {
  TRY(RefuseUnknownMembers(
      object, {"role", "content", "tool_calls", "tool_call_id", "name", "reasoning_content"}));
  ChatMessage message;
  TRY_ASSIGN(const std::string role, GetString(object, "role"));
  const auto* const named =
      std::ranges::find(kRoleNames, role, &std::pair<Role, std::string_view>::second);
  if (named == kRoleNames.end()) {
    return Fail(ErrorCode::kInvalidArgument, "role: must be system, user, assistant or tool");
  }
  message.role = named->first;
  TRY_ASSIGN(message.content, GetString(object, "content", kMaxTextBytes));
  TRY_ASSIGN(const json::array* const calls, GetOptionalArray(object, "tool_calls"));
  if (calls != nullptr) {
    if (message.role != Role::kAssistant) {
      return Fail(ErrorCode::kInvalidArgument, "tool_calls: only an assistant has them");
    }
    if (calls->size() > kMaxToolCalls) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("tool_calls: over {}", kMaxToolCalls));
    }
    for (std::size_t i = 0; i < calls->size(); ++i) {
      TRY_ASSIGN(const json::object* const call, ObjectAt(*calls, i, "tool_calls"));
      auto parsed = ParseToolCall(*call);
      if (!parsed.has_value()) {
        return tl::unexpected<Error>(
            std::move(parsed).error().Wrap(fmt::format("tool_calls[{}]", i)));
      }
      message.tool_calls.push_back(*std::move(parsed));
    }
  }
  TRY_ASSIGN(auto call_id, GetOptionalString(object, "tool_call_id", kMaxNameBytes));
  message.tool_call_id = std::move(call_id).value_or("");
  TRY_ASSIGN(auto name, GetOptionalString(object, "name", kMaxNameBytes));
  message.name = std::move(name).value_or("");
  if (!message.name.empty() && !IsName(message.name)) {
    return Fail(ErrorCode::kInvalidArgument, "name: not a name");
  }
  TRY_ASSIGN(auto reasoning, GetOptionalString(object, "reasoning_content", kMaxTextBytes));
  message.reasoning_content = std::move(reasoning).value_or("");
  return message;
}

Result<Tool> ParseTool(const json::object& object) {
  TRY(RefuseUnknownMembers(object, {"name", "description", "parameters"}));
  Tool tool;
  TRY_ASSIGN(tool.name, GetString(object, "name"));
  if (!IsName(tool.name)) {
    return Fail(ErrorCode::kInvalidArgument, "name: must be 1 to 64 of A-Z a-z 0-9 _ - .");
  }
  TRY_ASSIGN(auto description, GetOptionalString(object, "description", kMaxTextBytes));
  tool.description = std::move(description).value_or("");
  TRY_ASSIGN(const json::object* const parameters, GetOptionalObject(object, "parameters"));
  if (parameters != nullptr) {
    TRY(CheckSchema(*parameters, "parameters"));
    tool.parameters = *parameters;
  }
  return tool;
}

Result<> ParseTools(const json::object& object, GenerateRequest* request) {
  TRY_ASSIGN(const json::array* const tools, GetOptionalArray(object, "tools"));
  if (tools == nullptr) return Ok();
  if (tools->size() > kMaxTools) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("tools: over {}", kMaxTools));
  }
  for (std::size_t i = 0; i < tools->size(); ++i) {
    TRY_ASSIGN(const json::object* const tool, ObjectAt(*tools, i, "tools"));
    auto parsed = ParseTool(*tool);
    if (!parsed.has_value()) {
      return tl::unexpected<Error>(std::move(parsed).error().Wrap(fmt::format("tools[{}]", i)));
    }
    if (std::ranges::any_of(request->tools,
                            [&](const Tool& known) { return known.name == parsed->name; })) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("tools[{}].name: given twice", i));
    }
    request->tools.push_back(*std::move(parsed));
  }
  return Ok();
}

Result<> ParseToolChoice(const json::object& object, GenerateRequest* request) {
  const json::value* const value = object.if_contains("tool_choice");
  if (value == nullptr || value->is_null()) return Ok();
  ToolChoice& choice = request->tool_choice;
  if (const auto* word = value->if_string()) {
    if (*word == "auto") {
      choice.kind = ToolChoice::Kind::kAuto;
    } else if (*word == "none") {
      choice.kind = ToolChoice::Kind::kNone;
    } else if (*word == "required") {
      choice.kind = ToolChoice::Kind::kRequired;
    } else {
      return Fail(ErrorCode::kInvalidArgument,
                  "tool_choice: must be auto, none, required or {name}");
    }
  } else {
    TRY_ASSIGN(const json::object* const named, AsObject(*value, "tool_choice"));
    TRY(RefuseUnknownMembers(*named, {"name"}));
    choice.kind = ToolChoice::Kind::kNamed;
    TRY_ASSIGN(choice.name, GetString(*named, "name", kMaxNameBytes));
    if (std::ranges::none_of(request->tools,
                             [&](const Tool& tool) { return tool.name == choice.name; })) {
      return Fail(ErrorCode::kInvalidArgument, "tool_choice.name: not one of the tools");
    }
  }
  if (choice.kind == ToolChoice::Kind::kRequired && request->tools.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "tool_choice: required, but there are no tools");
  }
  return Ok();
}

Result<> ParseStops(const json::object& object, GenerateRequest* request) {
  TRY_ASSIGN(const json::array* const stops, GetOptionalArray(object, "stop"));
  if (stops == nullptr) return Ok();
  if (stops->size() > kMaxStops) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("stop: over {} texts", kMaxStops));
  }
  for (std::size_t i = 0; i < stops->size(); ++i) {
    const auto* const text = (*stops)[i].if_string();
    if (text == nullptr || text->empty() || text->size() > kMaxStopBytes) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("stop[{}]: must be a text of 1 to {} bytes", i, kMaxStopBytes));
    }
    request->stop.emplace_back(*text);
  }
  return Ok();
}

Result<> ParseLogitBias(const json::object& object, GenerateRequest* request) {
  TRY_ASSIGN(const json::array* const biases, GetOptionalArray(object, "logit_bias"));
  if (biases == nullptr) return Ok();
  if (biases->size() > kMaxLogitBiases) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("logit_bias: over {}", kMaxLogitBiases));
  }
  for (std::size_t i = 0; i < biases->size(); ++i) {
    const auto* const pair = (*biases)[i].if_array();
    boost::system::error_code not_a_number;
    std::int32_t token = -1;
    double bias = 0;
    bool is_good =
        pair != nullptr && pair->size() == 2 && (*pair)[0].is_number() && (*pair)[1].is_number();
    if (is_good) {
      token = (*pair)[0].to_number<std::int32_t>(not_a_number);
      is_good = !not_a_number && token >= 0;
    }
    if (is_good) {
      bias = (*pair)[1].to_number<double>(not_a_number);
      is_good = !not_a_number && bias >= -100 && bias <= 100;
    }
    if (!is_good) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("logit_bias[{}]: must be [token, bias from -100 to 100]", i));
    }
    request->logit_bias.emplace_back(token, bias);
  }
  return Ok();
}

Result<> ParseSampling(const json::object& object, GenerateRequest* request) {
  constexpr std::int64_t kMaxTokens = std::numeric_limits<std::int32_t>::max();
  TRY_ASSIGN(const auto max_tokens, GetOptionalInt(object, "max_tokens", 1, kMaxTokens));
  if (max_tokens) request->max_tokens = static_cast<std::uint32_t>(*max_tokens);
  TRY_ASSIGN(request->temperature, GetOptionalDouble(object, "temperature", 0, 10));
  TRY_ASSIGN(request->top_p, GetOptionalDouble(object, "top_p", 0, 1));
  TRY_ASSIGN(const auto top_k, GetOptionalInt(object, "top_k", 0, kMaxTokens));
  if (top_k) request->top_k = static_cast<std::uint32_t>(*top_k);
  TRY_ASSIGN(request->min_p, GetOptionalDouble(object, "min_p", 0, 1));
  TRY_ASSIGN(const auto seed,
             GetOptionalInt(object, "seed", 0, std::numeric_limits<std::uint32_t>::max()));
  if (seed) request->seed = static_cast<std::uint32_t>(*seed);
  TRY_ASSIGN(request->presence_penalty, GetOptionalDouble(object, "presence_penalty", -2, 2));
  TRY_ASSIGN(request->frequency_penalty, GetOptionalDouble(object, "frequency_penalty", -2, 2));
  TRY(ParseStops(object, request));
  return ParseLogitBias(object, request);
}

std::size_t TextBytes(const ChatMessage& message) {
  std::size_t bytes = message.content.size() + message.reasoning_content.size();
  for (const ToolCall& call : message.tool_calls) bytes += call.arguments.size();
  return bytes;
}

void SerializeSampling(const GenerateRequest& request, json::object* object) {
  const auto put = [object](std::string_view name, const auto& value) {
    using Value = std::remove_cvref_t<decltype(*value)>;
    if (!value) return;
    if constexpr (std::is_integral_v<Value>) {
      (*object)[name] = std::int64_t{*value};  // As a parser makes it of the text.
    } else {
      (*object)[name] = *value;
    }
  };
  put("max_tokens", request.max_tokens);
  put("temperature", request.temperature);
  put("top_p", request.top_p);
  put("top_k", request.top_k);
  put("min_p", request.min_p);
  put("seed", request.seed);
  put("presence_penalty", request.presence_penalty);
  put("frequency_penalty", request.frequency_penalty);
  if (!request.stop.empty()) {
    json::array stops;
    for (const std::string& stop : request.stop) stops.emplace_back(stop);
    (*object)["stop"] = std::move(stops);
  }
  if (!request.logit_bias.empty()) {
    json::array biases;
    for (const auto& [token, bias] : request.logit_bias) biases.push_back(json::array{token, bias});
    (*object)["logit_bias"] = std::move(biases);
  }
}

void SerializeTools(const GenerateRequest& request, json::object* object) {
  if (!request.tools.empty()) {
    json::array tools;
    for (const Tool& tool : request.tools) {
      tools.push_back(json::object{
          {"name", tool.name}, {"description", tool.description}, {"parameters", tool.parameters}});
    }
    (*object)["tools"] = std::move(tools);
  }
  switch (request.tool_choice.kind) {
    case ToolChoice::Kind::kAuto:
      break;  // The default.
    case ToolChoice::Kind::kNone:
      (*object)["tool_choice"] = "none";
      break;
    case ToolChoice::Kind::kRequired:
      (*object)["tool_choice"] = "required";
      break;
    case ToolChoice::Kind::kNamed:
      (*object)["tool_choice"] = json::object{{"name", request.tool_choice.name}};
      break;
  }
}

}  // namespace

std::string_view RoleName(Role role) {
  return std::ranges::find(kRoleNames, role, &std::pair<Role, std::string_view>::first)->second;
}

Result<std::vector<ChatMessage>> ParseMessages(const json::array& array) {
  if (array.empty()) return Fail(ErrorCode::kInvalidArgument, "messages: at least one is needed");
  if (array.size() > kMaxMessages) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("messages: over {}", kMaxMessages));
  }
  std::vector<ChatMessage> messages;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < array.size(); ++i) {
    TRY_ASSIGN(const json::object* const object, ObjectAt(array, i, "messages"));
    auto message = ParseMessage(*object);
    if (!message.has_value()) {
      return tl::unexpected<Error>(std::move(message).error().Wrap(fmt::format("messages[{}]", i)));
    }
    bytes += TextBytes(*message);
    if (bytes > kMaxTextBytes) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("messages: over {} bytes together", kMaxTextBytes));
    }
    messages.push_back(*std::move(message));
  }
  return messages;
}

Result<GenerateRequest> ParseGenerateRequest(const json::object& object) {
  TRY(RefuseUnknownMembers(
      object, {"messages", "prompt", "raw", "tools", "tool_choice", "json_schema", "json_object",
               "stop", "max_tokens", "temperature", "top_p", "top_k", "min_p", "seed",
               "presence_penalty", "frequency_penalty", "logit_bias", "identity"}));
  GenerateRequest request;
  TRY_ASSIGN(const json::array* const messages, GetOptionalArray(object, "messages"));
  if (messages != nullptr) {
    TRY_ASSIGN(request.messages, ParseMessages(*messages));
  }
  TRY_ASSIGN(request.prompt, GetOptionalString(object, "prompt", kMaxTextBytes));
  if (request.messages.empty() == !request.prompt.has_value()) {
    return Fail(ErrorCode::kInvalidArgument, "either messages or prompt is needed, and not both");
  }
  TRY_ASSIGN(const auto raw, GetOptionalBool(object, "raw"));
  request.raw = raw.value_or(false);
  if (request.raw && !request.prompt) {
    return Fail(ErrorCode::kInvalidArgument, "raw: needs a prompt");
  }
  TRY(ParseTools(object, &request));
  TRY(ParseToolChoice(object, &request));
  if (request.raw && !request.tools.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "raw: excludes tools");
  }
  TRY_ASSIGN(const json::object* const schema, GetOptionalObject(object, "json_schema"));
  if (schema != nullptr) {
    TRY(CheckSchema(*schema, "json_schema"));
    request.json_schema = *schema;
  }
  TRY_ASSIGN(const auto json_object, GetOptionalBool(object, "json_object"));
  request.json_object = json_object.value_or(false);
  TRY(ParseSampling(object, &request));
  TRY_ASSIGN(request.identity, GetString(object, "identity", kMaxIdentityBytes));
  return request;
}

json::array SerializeMessages(const std::vector<ChatMessage>& messages) {
  json::array array;
  for (const ChatMessage& message : messages) {
    json::object object{{"role", RoleName(message.role)}, {"content", message.content}};
    if (!message.tool_calls.empty()) {
      json::array calls;
      for (const ToolCall& call : message.tool_calls) {
        calls.push_back(
            json::object{{"id", call.id}, {"name", call.name}, {"arguments", call.arguments}});
      }
      object["tool_calls"] = std::move(calls);
    }
    if (!message.tool_call_id.empty()) object["tool_call_id"] = message.tool_call_id;
    if (!message.name.empty()) object["name"] = message.name;
    if (!message.reasoning_content.empty()) object["reasoning_content"] = message.reasoning_content;
    array.push_back(std::move(object));
  }
  return array;
}

json::object SerializeGenerateRequest(const GenerateRequest& request) {
  json::object object;
  if (!request.messages.empty()) object["messages"] = SerializeMessages(request.messages);
  if (request.prompt) object["prompt"] = *request.prompt;
  if (request.raw) object["raw"] = true;
  SerializeTools(request, &object);
  if (request.json_schema) object["json_schema"] = *request.json_schema;
  if (request.json_object) object["json_object"] = true;
  SerializeSampling(request, &object);
  object["identity"] = request.identity;
  return object;
}

}  // namespace secai::inference
