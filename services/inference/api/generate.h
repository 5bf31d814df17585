#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "base/result.h"

namespace secai::inference {

// Bounds of one request; all inclusive. Sizes in bytes of UTF-8.
inline constexpr std::size_t kMaxMessages = 4096;
inline constexpr std::size_t kMaxTextBytes = std::size_t{4} << 20;  // Of all texts together.
inline constexpr std::size_t kMaxTools = 128;
inline constexpr std::size_t kMaxSchemaDepth = 64;
inline constexpr std::size_t kMaxSchemaBytes = std::size_t{256} << 10;
inline constexpr std::size_t kMaxToolCalls = 128;  // Of one message.
inline constexpr std::size_t kMaxNameBytes = 64;
inline constexpr std::size_t kMaxStops = 16;
inline constexpr std::size_t kMaxStopBytes = 256;
inline constexpr std::size_t kMaxLogitBiases = 1024;
inline constexpr std::size_t kMaxIdentityBytes = 128;

enum class Role : std::uint8_t { kSystem, kUser, kAssistant, kTool };
std::string_view RoleName(Role role);

// A call of a tool by the model, as the client gives it back. `arguments` is the text of a JSON
// object.
struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;
};

struct ChatMessage {
  Role role = Role::kUser;
  std::string content;
  std::vector<ToolCall> tool_calls;  // Of an assistant.
  std::string tool_call_id;          // Of a tool: which call this answers.
  std::string name;                  // Of a tool: its name.
  std::string reasoning_content;     // Of an assistant.
};

// `parameters` is a JSON schema of an object, at most kMaxSchemaDepth deep.
struct Tool {
  std::string name;  // 1 to 64 of A-Z a-z 0-9 _ - .
  std::string description;
  boost::json::object parameters;
};

struct ToolChoice {
  enum class Kind : std::uint8_t { kAuto, kNone, kRequired, kNamed };
  Kind kind = Kind::kAuto;
  std::string name;  // Of kNamed: one of the request's tools.
};

// What a generation is asked for, in every room (docs/links.md, "inference"). Absent numbers mean
// the worker's defaults. Either `messages` or `prompt` is given. Plain value.
struct GenerateRequest {
  std::vector<ChatMessage> messages;
  std::optional<std::string> prompt;
  bool raw = false;  // `prompt` goes to the model as it is, without the chat template.

  std::vector<Tool> tools;
  ToolChoice tool_choice;
  std::optional<boost::json::object> json_schema;  // The answer is JSON of this schema.
  bool json_object = false;                        // The answer is some JSON object.

  std::vector<std::string> stop;            // The answer ends before the first of these.
  std::optional<std::uint32_t> max_tokens;  // 1 to 2^31-1; absent: until the context is full.
  std::optional<double> temperature;        // 0 (greedy) to 10
  std::optional<double> top_p;              // 0 to 1
  std::optional<std::uint32_t> top_k;       // 0: all
  std::optional<double> min_p;              // 0 to 1
  std::optional<std::uint32_t> seed;        // Absent: a random one, which the reply tells.
  std::optional<double> presence_penalty;   // -2 to 2
  std::optional<double> frequency_penalty;  // -2 to 2
  std::vector<std::pair<std::int32_t, double>> logit_bias;  // Token id, bias -100 to 100.

  // Whose request this is; opaque. Tokens computed for one identity are never reused for another.
  std::string identity;
};

// Reads a request strictly: unknown members, wrong types and values out of bounds are refused.
// Errors: kInvalidArgument with the place ("messages[2].role: ..."), never with content.
// Trust: `object` comes from outside this process. Thread-safety: pure functions, both.
Result<GenerateRequest> ParseGenerateRequest(const boost::json::object& object);

// The inverse: Parse(Serialize(r)) is r for every r that Parse accepts.
boost::json::object SerializeGenerateRequest(const GenerateRequest& request);

// Messages alone, for tokenising: the `messages` member of a request, under the same rules.
Result<std::vector<ChatMessage>> ParseMessages(const boost::json::array& array);
boost::json::array SerializeMessages(const std::vector<ChatMessage>& messages);

}  // namespace secai::inference
