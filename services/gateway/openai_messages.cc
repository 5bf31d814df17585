// Messages and tools of OpenAI's form into the form of links.

#include <algorithm>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "base/json_fields.h"
#include "base/utf8.h"
#include "gateway/openai_fields.h"

namespace secai::gateway {
namespace {

namespace json = boost::json;

std::string At(std::string_view list, std::size_t index, std::string_view member = "") {
  std::string place = std::string(list) + "[" + std::to_string(index) + "]";
  if (!member.empty()) place.append(".").append(member);
  return place;
}

auto Bad(std::string_view place, std::string_view reason) {
  return Fail(ErrorCode::kInvalidArgument, std::string(place) + ": " + std::string(reason));
}

// The same error, with the place of the object that it was found in before the member.
template <typename T>
Result<T> Within(std::string_view place, Result<T> result) {
  if (result.has_value()) return result;
  Error error = std::move(result).error();
  error.message.insert(0, std::string(place) + ".");
  return tl::unexpected<Error>(std::move(error));
}

// A text, or a list of parts of type "text".
Result<std::string> TextOf(const json::value& content, std::string_view place) {
  if (content.is_null()) return std::string();
  if (content.is_string()) return std::string(content.get_string());
  if (!content.is_array()) return Bad(place, "a text or a list of parts is needed");
  std::string text;
  std::size_t index = 0;
  for (const json::value& part : content.get_array()) {
    const std::string where = At(place, index++);
    const json::object* object = part.if_object();
    if (object == nullptr) return Bad(where, "an object is needed");
    const json::value* type = object->if_contains("type");
    if (type == nullptr || *type != "text") return Bad(where, "only parts of type text are taken");
    TRY_ASSIGN(const std::string piece, Within(where, GetString(*object, "text")));
    TRY(Within(where, RefuseUnknownMembers(*object, {"type", "text"})));
    text += piece;
  }
  return text;
}

// [{id, type: "function", function: {name, arguments}}] of an assistant.
Result<json::array> ToolCallsOf(const json::array& calls, std::string_view place) {
  json::array converted;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const std::string where = At(place, i);
    const json::object* call = calls[i].if_object();
    if (call == nullptr) return Bad(where, "an object is needed");
    TRY(Within(where, RefuseUnknownMembers(*call, {"id", "type", "index", "function"})));
    const json::value* type = call->if_contains("type");
    if (type != nullptr && *type != "function") return Bad(where + ".type", "must be function");
    TRY_ASSIGN(const json::object* function, Within(where, GetObject(*call, "function")));
    TRY(Within(where + ".function", RefuseUnknownMembers(*function, {"name", "arguments"})));
    TRY_ASSIGN(const std::string name, Within(where + ".function", GetString(*function, "name")));
    TRY_ASSIGN(const std::string arguments,
               Within(where + ".function", GetString(*function, "arguments")));
    TRY_ASSIGN(const auto id, Within(where, GetOptionalString(*call, "id")));
    json::object one;
    if (id.has_value()) one["id"] = *id;
    one["name"] = name;
    one["arguments"] = arguments;
    converted.push_back(std::move(one));
  }
  return converted;
}

Result<json::object> MessageOf(const json::object& message, const std::string& place) {
  TRY(Within(place, RefuseUnknownMembers(message, {"role", "content", "name", "tool_calls",
                                                   "tool_call_id", "reasoning_content", "refusal",
                                                   "annotations", "audio", "function_call"})));
  TRY(Within(place, RefuseGiven(message, {"annotations", "audio", "function_call"})));
  TRY_ASSIGN(std::string role, Within(place, GetString(message, "role")));
  if (role == "developer") role = "system";  // The newer name of the same.
  const bool is_known = role == "system" || role == "user" || role == "assistant" || role == "tool";
  if (!is_known) return Bad(place + ".role", "must be system, user, assistant or tool");
  json::object converted;
  converted["role"] = role;
  const json::value* content = message.if_contains("content");
  TRY_ASSIGN(const json::array* calls, Within(place, GetOptionalArray(message, "tool_calls")));
  if (calls != nullptr && role != "assistant") {
    return Bad(place + ".tool_calls", "only an assistant has them");
  }
  const bool has_calls = calls != nullptr && !calls->empty();
  if ((content == nullptr || content->is_null()) && role != "assistant") {
    return Bad(place + ".content", "it is missing");
  }
  if (content != nullptr) {
    TRY_ASSIGN(const std::string text, TextOf(*content, place + ".content"));
    converted["content"] = text;
  } else {
    converted["content"] = "";
  }
  if (has_calls) {
    TRY_ASSIGN(converted["tool_calls"], ToolCallsOf(*calls, place + ".tool_calls"));
  }
  TRY_ASSIGN(const auto reasoning, Within(place, GetOptionalString(message, "reasoning_content")));
  if (reasoning.has_value() && role == "assistant") converted["reasoning_content"] = *reasoning;
  TRY_ASSIGN(const auto id, Within(place, GetOptionalString(message, "tool_call_id", 64)));
  if (id.has_value() && role != "tool") return Bad(place + ".tool_call_id", "only a tool has it");
  if (id.has_value()) converted["tool_call_id"] = *id;
  // A participant's name is part of no template of ours; a tool's is.
  TRY_ASSIGN(const auto name, Within(place, GetOptionalString(message, "name", 64)));
  if (name.has_value() && role == "tool") converted["name"] = *name;
  return converted;
}

Result<> ConvertToolChoice(const json::object& body, bool has_tools, json::object* generate) {
  const json::value* choice = body.if_contains("tool_choice");
  if (choice == nullptr || choice->is_null()) return Ok();
  if (choice->is_string()) {
    const std::string_view word = choice->get_string();
    if (word != "auto" && word != "none" && word != "required") {
      return Bad("tool_choice", "must be auto, none, required or a function");
    }
    if (!has_tools && word == "required") return Bad("tool_choice", "there are no tools");
    if (has_tools) (*generate)["tool_choice"] = word;
    return Ok();
  }
  const json::object* object = choice->if_object();
  if (object == nullptr) return Bad("tool_choice", "a word or an object is needed");
  const json::value* type = object->if_contains("type");
  if (type == nullptr || *type != "function") return Bad("tool_choice.type", "must be function");
  TRY(Within("tool_choice", RefuseUnknownMembers(*object, {"type", "function"})));
  TRY_ASSIGN(const json::object* function, Within("tool_choice", GetObject(*object, "function")));
  TRY_ASSIGN(const std::string name,
             Within("tool_choice.function", GetString(*function, "name", 64)));
  if (!has_tools) return Bad("tool_choice", "there are no tools");
  json::object named;
  named["name"] = name;
  (*generate)["tool_choice"] = std::move(named);
  return Ok();
}

}  // namespace

Result<json::array> ConvertMessages(const json::array& messages) {
  if (messages.empty()) return Bad("messages", "at least one is needed");
  json::array converted;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const json::object* message = messages[i].if_object();
    if (message == nullptr) return Bad(At("messages", i), "an object is needed");
    TRY_ASSIGN(json::object one, MessageOf(*message, At("messages", i)));
    converted.push_back(std::move(one));
  }
  return converted;
}

Result<> ConvertTools(const json::object& body, json::object* generate) {
  TRY_ASSIGN(const json::array* tools, GetOptionalArray(body, "tools"));
  json::array converted;
  for (std::size_t i = 0; tools != nullptr && i < tools->size(); ++i) {
    const std::string place = At("tools", i);
    const json::object* tool = (*tools)[i].if_object();
    if (tool == nullptr) return Bad(place, "an object is needed");
    const json::value* type = tool->if_contains("type");
    if (type == nullptr || *type != "function") return Bad(place + ".type", "must be function");
    TRY(Within(place, RefuseUnknownMembers(*tool, {"type", "function"})));
    TRY_ASSIGN(const json::object* function, Within(place, GetObject(*tool, "function")));
    const std::string inner = place + ".function";
    TRY(Within(inner,
               RefuseUnknownMembers(*function, {"name", "description", "parameters", "strict"})));
    json::object one;
    TRY_ASSIGN(one["name"], Within(inner, GetString(*function, "name")));
    TRY_ASSIGN(const auto description, Within(inner, GetOptionalString(*function, "description")));
    one["description"] = description.value_or("");
    TRY_ASSIGN(const json::object* parameters,
               Within(inner, GetOptionalObject(*function, "parameters")));
    one["parameters"] = parameters != nullptr ? *parameters : json::object();
    converted.push_back(std::move(one));
  }
  const bool has_tools = !converted.empty();
  if (has_tools) (*generate)["tools"] = std::move(converted);
  return ConvertToolChoice(body, has_tools, generate);
}

Result<> ConvertResponseFormat(const json::object& body, json::object* generate) {
  TRY_ASSIGN(const json::object* format, GetOptionalObject(body, "response_format"));
  if (format == nullptr) return Ok();
  TRY(Within("response_format", RefuseUnknownMembers(*format, {"type", "json_schema"})));
  TRY_ASSIGN(const std::string type, Within("response_format", GetString(*format, "type")));
  if (type == "text") return Ok();
  if (type == "json_object") {
    (*generate)["json_object"] = true;
    return Ok();
  }
  if (type != "json_schema") {
    return Bad("response_format.type", "must be text, json_object or json_schema");
  }
  TRY_ASSIGN(const json::object* named,
             Within("response_format", GetObject(*format, "json_schema")));
  const std::string place = "response_format.json_schema";
  TRY(Within(place, RefuseUnknownMembers(*named, {"name", "description", "schema", "strict"})));
  TRY_ASSIGN(const json::object* schema, Within(place, GetObject(*named, "schema")));
  (*generate)["json_schema"] = *schema;
  return Ok();
}

}  // namespace secai::gateway
