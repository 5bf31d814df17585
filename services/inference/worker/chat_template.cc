#include "inference/worker/chat_template.h"

#include <exception>
#include <string_view>
#include <utility>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

// The engine's headers of chat templates change often and define short macros: only here.
#include <chat.h>

#include <json-schema-to-grammar.h>

#include "base/strict_json.h"
#include "base/utf8.h"
#include "inference/worker/generic_tools.h"

namespace secai::inference {
namespace {

namespace json = boost::json;

// What a template says when it refuses: its words are a stranger's, so short and escaped.
tl::unexpected<Error> Refused(const std::exception& e) {
  return Fail(ErrorCode::kInvalidArgument,
              "the model's chat template refused the request: " + EscapeForDisplay(e.what(), 200));
}

std::vector<std::string_view> TextsOf(const GenerateRequest& request,
                                      const std::vector<std::string>& serialized_tools) {
  std::vector<std::string_view> texts;
  for (const ChatMessage& message : request.messages) {
    for (const std::string* text :
         {&message.content, &message.reasoning_content, &message.name, &message.tool_call_id}) {
      texts.push_back(*text);
    }
    for (const ToolCall& call : message.tool_calls) {
      for (const std::string* text : {&call.id, &call.name, &call.arguments})
        texts.push_back(*text);
    }
  }
  for (const Tool& tool : request.tools) texts.push_back(tool.description);
  for (const std::string& tool : serialized_tools) texts.push_back(tool);
  return texts;
}

using Disguise = SpecialTexts::Disguise;

// `value` with every text in it, keys too, disguised.
json::value Hide(const json::value& value, const Disguise& disguise) {
  if (const auto* text = value.if_string()) return json::value(disguise.Hide(*text));
  if (const auto* array = value.if_array()) {
    json::array hidden;
    for (const json::value& element : *array) hidden.push_back(Hide(element, disguise));
    return hidden;
  }
  if (const auto* object = value.if_object()) {
    json::object hidden;
    for (const auto& member : *object) {
      hidden[disguise.Hide(member.key())] = Hide(member.value(), disguise);
    }
    return hidden;
  }
  return value;
}

Result<common_chat_tool_call> HideCall(const ToolCall& call, const Disguise& disguise) {
  const std::string_view text = call.arguments.empty() ? "{}" : std::string_view(call.arguments);
  const auto arguments = ParseStrictJson(text, {.max_bytes = kMaxTextBytes,
                                                .max_depth = kMaxSchemaDepth,
                                                .max_string_bytes = kMaxTextBytes,
                                                .max_elements = 100'000});
  if (!arguments.has_value() || !arguments->is_object()) {
    return Fail(ErrorCode::kInvalidArgument,
                "tool_calls: arguments must be the text of a JSON object");
  }
  return common_chat_tool_call{.name = disguise.Hide(call.name),
                               .arguments = json::serialize(Hide(*arguments, disguise)),
                               .id = disguise.Hide(call.id)};
}

// A client may give back an answer with its reasoning still inside.
void SplitThinking(ChatMessage* message) {
  constexpr std::string_view kBegin = "<think>";
  constexpr std::string_view kEnd = "</think>";
  if (message->role != Role::kAssistant || !message->content.starts_with(kBegin)) return;
  const std::size_t end = message->content.find(kEnd);
  if (end == std::string::npos) return;
  message->reasoning_content = message->content.substr(kBegin.size(), end - kBegin.size());
  message->content.erase(0, end + kEnd.size());
}

Result<std::vector<common_chat_msg>> HideMessages(const GenerateRequest& request,
                                                  const Disguise& disguise) {
  std::vector<common_chat_msg> messages;
  for (ChatMessage message : request.messages) {
    SplitThinking(&message);
    common_chat_msg hidden;
    hidden.role = RoleName(message.role);
    hidden.content = disguise.Hide(message.content);
    hidden.reasoning_content = disguise.Hide(message.reasoning_content);
    hidden.tool_name = disguise.Hide(message.name);
    hidden.tool_call_id = disguise.Hide(message.tool_call_id);
    for (const ToolCall& call : message.tool_calls) {
      TRY_ASSIGN(auto hidden_call, HideCall(call, disguise));
      hidden.tool_calls.push_back(std::move(hidden_call));
    }
    messages.push_back(std::move(hidden));
  }
  return messages;
}

json::object ParametersOf(const Tool& tool) {
  if (!tool.parameters.empty()) return tool.parameters;
  return json::object{{"type", "object"}, {"properties", json::object{}}};
}

common_chat_tool_choice ChoiceOf(const GenerateRequest& request) {
  switch (request.tool_choice.kind) {
    case ToolChoice::Kind::kAuto:
      break;
    case ToolChoice::Kind::kNone:
      return COMMON_CHAT_TOOL_CHOICE_NONE;
    case ToolChoice::Kind::kRequired:
    case ToolChoice::Kind::kNamed:
      return COMMON_CHAT_TOOL_CHOICE_REQUIRED;
  }
  return COMMON_CHAT_TOOL_CHOICE_AUTO;
}

// The template's tools: all of them, or the one that is named.
std::vector<common_chat_tool> ToolsOf(const GenerateRequest& request, const Disguise* disguise) {
  std::vector<common_chat_tool> tools;
  for (const Tool& tool : request.tools) {
    if (request.tool_choice.kind == ToolChoice::Kind::kNamed &&
        tool.name != request.tool_choice.name) {
      continue;
    }
    const json::object parameters = ParametersOf(tool);
    if (disguise == nullptr) {
      tools.push_back({tool.name, tool.description, json::serialize(parameters)});
    } else {
      tools.push_back({disguise->Hide(tool.name), disguise->Hide(tool.description),
                       json::serialize(Hide(parameters, *disguise))});
    }
  }
  return tools;
}

GrammarSpec GrammarFrom(common_chat_params& params) {
  GrammarSpec spec{.text = std::move(params.grammar),
                   .is_lazy = params.grammar_lazy,
                   .triggers = {},
                   .generation_prompt = params.generation_prompt,
                   .preserved_texts = std::move(params.preserved_tokens),
                   .thinking_start = params.thinking_start_tag,
                   .thinking_ends = params.thinking_end_tags};
  for (const common_grammar_trigger& trigger : params.grammar_triggers) {
    spec.triggers.push_back({.kind = trigger.type, .value = trigger.value, .token = trigger.token});
  }
  return spec;
}

class EngineAnswerReader final : public AnswerReader {
 public:
  explicit EngineAnswerReader(const common_chat_params& params, bool parse_tool_calls)
      : params_(params) {
    params_.reasoning_format = COMMON_REASONING_FORMAT_AUTO;
    params_.parse_tool_calls = parse_tool_calls;
    params_.parser.load(params.parser);
  }

  Result<Answer> Read(std::string_view text, bool is_complete) override {
    try {
      const common_chat_msg message = common_chat_parse(std::string(text), !is_complete, params_);
      Answer answer{
          .content = message.content, .reasoning = message.reasoning_content, .tool_calls = {}};
      for (const common_chat_tool_call& call : message.tool_calls) {
        answer.tool_calls.push_back(
            {.id = call.id, .name = call.name, .arguments = call.arguments});
      }
      return answer;
    } catch (const std::exception&) {  // Its message repeats the answer.
      return Fail(ErrorCode::kInvalidArgument, "the answer does not have the model's format");
    }
  }

 private:
  common_chat_parser_params params_;
};

bool AsksForCalls(const GenerateRequest& request) {
  return !request.tools.empty() && request.tool_choice.kind != ToolChoice::Kind::kNone;
}

}  // namespace

struct ChatTemplate::Impl {
  common_chat_templates_ptr templates;
};

ChatTemplate::ChatTemplate(std::unique_ptr<Impl> impl, const Vocabulary* vocabulary)
    : impl_(std::move(impl)), vocabulary_(vocabulary) {
  const auto capabilities = common_chat_templates_get_caps(impl_->templates.get());
  const auto has = [&](const char* name) {
    const auto found = capabilities.find(name);
    return found != capabilities.end() && found->second;
  };
  supports_tools_ = has("supports_tools") && has("supports_tool_calls");
}

ChatTemplate::~ChatTemplate() = default;

Result<std::unique_ptr<ChatTemplate>> ChatTemplate::Create(const llama_model* model,
                                                           const Vocabulary* vocabulary,
                                                           const std::string& source) {
  try {
    auto impl = std::make_unique<Impl>();
    impl->templates = common_chat_templates_init(model, source);
    return std::unique_ptr<ChatTemplate>(new ChatTemplate(std::move(impl), vocabulary));
  } catch (const std::exception& e) {
    return Fail(ErrorCode::kInvalidArgument,
                "the model's chat template does not parse: " + EscapeForDisplay(e.what(), 200));
  }
}

bool ChatTemplate::is_from_model() const {
  return common_chat_templates_was_explicit(impl_->templates.get());
}

Result<GrammarSpec> ChatTemplate::GrammarOf(const json::object& schema) {
  try {
    GrammarSpec spec;
    spec.text = json_schema_to_grammar(common_json::parse(json::serialize(schema)));
    return spec;
  } catch (const std::exception& e) {
    return Fail(ErrorCode::kInvalidArgument,
                "the schema can not be used: " + EscapeForDisplay(e.what(), 200));
  }
}

Result<ChatPrompt> ChatTemplate::Apply(const GenerateRequest& given) const {
  const bool describes_tools_itself =
      supports_tools_ || (given.tools.empty() && [&] {
        for (const ChatMessage& message : given.messages) {
          if (message.role == Role::kTool || !message.tool_calls.empty()) return false;
        }
        return true;
      }());
  const GenerateRequest request = describes_tools_itself ? given : DescribeTools(given);
  const SpecialTexts& specials = vocabulary_->special_texts();
  std::vector<std::string> serialized_tools;
  for (const Tool& tool : request.tools)
    serialized_tools.push_back(json::serialize(tool.parameters));
  TRY_ASSIGN(const Disguise disguise, specials.MakeDisguise(TextsOf(request, serialized_tools)));

  ChatPrompt prompt;
  common_chat_templates_inputs inputs;
  inputs.use_jinja = true;
  inputs.add_bos = false;
  inputs.reasoning_format = COMMON_REASONING_FORMAT_AUTO;
  TRY_ASSIGN(inputs.messages, HideMessages(request, disguise));
  inputs.tools = ToolsOf(request, &disguise);
  inputs.tool_choice = ChoiceOf(request);
  inputs.parallel_tool_calls = false;
  if (request.json_schema) {
    inputs.json_schema = json::serialize(*request.json_schema);
  } else if (request.json_object) {
    inputs.json_schema = R"({"type":"object"})";
  }
  try {
    common_chat_params params = common_chat_templates_apply(impl_->templates.get(), inputs);
    prompt.parts = specials.Split(params.prompt, disguise);
    if (!request.tools.empty()) {
      // Grammar and reader need the tools' real names and texts.
      inputs.tools = ToolsOf(request, nullptr);
      params = common_chat_templates_apply(impl_->templates.get(), inputs);
    }
    prompt.stops = params.additional_stops;
    // Grammars for JSON allow a code fence around it, which the reader takes off.
    if (AsksForCalls(request) || params.supports_thinking || !inputs.json_schema.empty()) {
      prompt.reader = std::make_unique<EngineAnswerReader>(params, AsksForCalls(request));
    }
    prompt.grammar = GrammarFrom(params);
  } catch (const std::exception& e) {
    return Refused(e);
  }
  if (!describes_tools_itself && AsksForCalls(given)) {
    TRY_ASSIGN(prompt.grammar, GrammarOf(CallSchema(given)));
    if (given.tool_choice.kind == ToolChoice::Kind::kAuto) {
      // The model is free to talk; what begins with a brace must be a call.
      prompt.grammar.is_lazy = true;
      prompt.grammar.triggers = {{.kind = COMMON_GRAMMAR_TRIGGER_TYPE_PATTERN,
                                  .value = R"(^\s*(\{[\s\S]*))",
                                  .token = -1}};
    }
    prompt.reader = MakeCallReader(given);
  }
  return prompt;
}

}  // namespace secai::inference
