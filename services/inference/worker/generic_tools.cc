#include "inference/worker/generic_tools.h"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "base/strict_json.h"

namespace secai::inference {
namespace {

namespace json = boost::json;

constexpr int kMaxFreeTextCharacters = 200;
constexpr int kMaxFreeListElements = 16;
constexpr std::string_view kSpaces = " \t\r\n";

bool MustCall(const GenerateRequest& request) {
  return request.tool_choice.kind == ToolChoice::Kind::kRequired ||
         request.tool_choice.kind == ToolChoice::Kind::kNamed;
}

std::string Instructions(const GenerateRequest& request) {
  std::string text = "You can call these tools:\n";
  for (const Tool& tool : request.tools) {
    text += json::serialize(json::object{
        {"name", tool.name}, {"description", tool.description}, {"parameters", tool.parameters}});
    text += '\n';
  }
  text += R"(To call one, answer only with JSON: {"name": "tool", "arguments": {...}})";
  if (request.tool_choice.kind == ToolChoice::Kind::kNamed) {
    text += fmt::format("\nCall {} now.", request.tool_choice.name);
  } else if (request.tool_choice.kind == ToolChoice::Kind::kRequired) {
    text += "\nCall one of them now.";
  }
  return text;
}

std::string CallText(const ToolCall& call) {
  return fmt::format(R"({{"name": "{}", "arguments": {}}})", call.name,
                     call.arguments.empty() ? "{}" : call.arguments);
}

// The name of the tool that `message` answers.
std::string ToolOf(const ChatMessage& message, const std::vector<ChatMessage>& messages) {
  if (!message.name.empty()) return message.name;
  for (const ChatMessage& other : messages) {
    for (const ToolCall& call : other.tool_calls) {
      if (call.id == message.tool_call_id) return call.name;
    }
  }
  return "the tool";
}

void BoundTexts(json::value* schema) {
  if (auto* array = schema->if_array()) {
    for (json::value& element : *array) BoundTexts(&element);
  }
  auto* const object = schema->if_object();
  if (object == nullptr) return;
  if (const json::value* type = object->if_contains("type"); type != nullptr && type->is_string()) {
    const bool is_free_text = type->get_string() == "string" && !object->contains("enum") &&
                              !object->contains("pattern") && !object->contains("format");
    if (is_free_text && !object->contains("maxLength")) {
      (*object)["maxLength"] = kMaxFreeTextCharacters;
    }
    if (type->get_string() == "array" && !object->contains("maxItems")) {
      (*object)["maxItems"] = kMaxFreeListElements;
    }
  }
  for (auto& member : *object) BoundTexts(&member.value());
}

json::object OneCallSchema(const Tool& tool) {
  json::value parameters = tool.parameters;
  if (tool.parameters.empty()) {
    parameters = json::object{
        {"type", "object"}, {"properties", json::object{}}, {"additionalProperties", false}};
  }
  BoundTexts(&parameters);
  return json::object{{"type", "object"},
                      {"properties", json::object{{"name", json::object{{"const", tool.name}}},
                                                  {"arguments", std::move(parameters)}}},
                      {"required", json::array{"name", "arguments"}},
                      {"additionalProperties", false}};
}

class CallReader final : public AnswerReader {
 public:
  explicit CallReader(const GenerateRequest& request) : must_call_(MustCall(request)) {
    for (const Tool& tool : request.tools) names_.push_back(tool.name);
  }

  Result<Answer> Read(std::string_view text, bool is_complete) override {
    const std::size_t begin = text.find_first_not_of(kSpaces);
    const bool may_be_call =
        must_call_ || begin == std::string_view::npos || text[begin] == '{' || text[begin] == '`';
    if (!is_complete) {
      if (may_be_call) return Answer{};
      return Answer{.content = std::string(text), .reasoning = {}, .tool_calls = {}};
    }
    if (auto call = ReadCall(text)) {
      Answer answer;
      answer.tool_calls.push_back(*std::move(call));
      return answer;
    }
    return Answer{.content = std::string(text), .reasoning = {}, .tool_calls = {}};
  }

 private:
  std::optional<ToolCall> ReadCall(std::string_view text) const {
    // A model may put JSON into a code fence.
    const std::size_t begin = text.find('{');
    const std::size_t end = text.rfind('}');
    if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return {};
    const auto parsed = ParseStrictJson(text.substr(begin, end - begin + 1));
    if (!parsed.has_value() || !parsed->is_object()) return {};
    const json::object& object = parsed->get_object();
    const json::value* const name = object.if_contains("name");
    const json::value* const arguments = object.if_contains("arguments");
    if (name == nullptr || !name->is_string() || arguments == nullptr || !arguments->is_object()) {
      return {};
    }
    std::string tool(name->get_string());
    if (std::ranges::find(names_, tool) == names_.end()) return {};
    return ToolCall{.id = {}, .name = std::move(tool), .arguments = json::serialize(*arguments)};
  }

  bool must_call_;
  std::vector<std::string> names_;
};

}  // namespace

GenerateRequest DescribeTools(const GenerateRequest& request) {
  GenerateRequest plain = request;
  plain.tools.clear();
  plain.tool_choice = {};
  plain.messages.clear();
  for (const ChatMessage& message : request.messages) {
    ChatMessage copy{.role = message.role,
                     .content = message.content,
                     .tool_calls = {},
                     .tool_call_id = {},
                     .name = {},
                     .reasoning_content = message.reasoning_content};
    for (const ToolCall& call : message.tool_calls) {
      if (!copy.content.empty()) copy.content += '\n';
      copy.content += CallText(call);
    }
    if (message.role == Role::kTool) {
      copy.role = Role::kUser;
      copy.content =
          fmt::format("{} answered: {}", ToolOf(message, request.messages), message.content);
    }
    plain.messages.push_back(std::move(copy));
  }
  if (request.tools.empty() || request.tool_choice.kind == ToolChoice::Kind::kNone) return plain;
  if (plain.messages.front().role == Role::kSystem) {
    plain.messages.front().content += "\n\n" + Instructions(request);
  } else {
    ChatMessage system;
    system.role = Role::kSystem;
    system.content = Instructions(request);
    plain.messages.insert(plain.messages.begin(), std::move(system));
  }
  return plain;
}

json::object CallSchema(const GenerateRequest& request) {
  json::array calls;
  for (const Tool& tool : request.tools) {
    if (request.tool_choice.kind == ToolChoice::Kind::kNamed &&
        tool.name != request.tool_choice.name) {
      continue;
    }
    calls.push_back(OneCallSchema(tool));
  }
  if (calls.size() == 1) return std::move(calls.front().get_object());
  return json::object{{"anyOf", std::move(calls)}};
}

std::unique_ptr<AnswerReader> MakeCallReader(const GenerateRequest& request) {
  return std::make_unique<CallReader>(request);
}

}  // namespace secai::inference
