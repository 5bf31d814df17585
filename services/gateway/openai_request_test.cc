#include "gateway/openai_request.h"

#include <string>
#include <utility>
#include <vector>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "base/strict_json.h"

namespace secai::gateway {
namespace {

namespace json = boost::json;

json::object Object(const std::string& text) {
  auto value = ParseStrictJson(text);
  if (!value.has_value()) ADD_FAILURE() << text << ": " << value.error().message;
  return value.has_value() ? value->as_object() : json::object();
}

ApiResult<OpenAiRequest> ParseChat(const json::object& body) {
  return ParseChatRequest(body, "uid:1");
}

ApiResult<OpenAiRequest> ParseCompletion(const json::object& body) {
  return ParseCompletionRequest(body, "uid:1");
}

// A chat request with these members beside model and messages.
json::object Chat(const std::string& members) {
  return Object(R"({"model":"m","messages":[{"role":"user","content":"hi"}])" +
                (members.empty() ? "" : "," + members) + "}");
}

std::string Generated(const ApiResult<OpenAiRequest>& request) {
  if (!request.has_value()) return request.error().message;
  json::object generate = request->generate;
  EXPECT_EQ(generate.at("identity").as_string(), "uid:1");
  generate.erase("identity");
  return json::serialize(generate);
}

TEST(OpenAiRequestTest, TurnsAChatIntoWhatInferenceTakes) {
  const auto request = ParseChat(
      Chat(R"("stream":true,"stream_options":{"include_usage":true},"temperature":0.5,"top_p":1,)"
           R"("max_tokens":5,"max_completion_tokens":7,"seed":42,"stop":["a","b"],"n":1,)"
           R"("logit_bias":{"15":-100},"response_format":{"type":"json_object"})"));
  ASSERT_TRUE(request.has_value()) << request.error().message;
  EXPECT_EQ(request->model, "m");
  EXPECT_TRUE(request->is_stream);
  EXPECT_TRUE(request->includes_usage);
  EXPECT_EQ(Generated(request),
            R"({"temperature":5E-1,"top_p":1E0,"max_tokens":7,"seed":42,"stop":["a","b"],)"
            R"("logit_bias":[[15,-1E2]],"messages":[{"role":"user","content":"hi"}],)"
            R"("json_object":true})");
}

TEST(OpenAiRequestTest, TakesMessagesAsOfficialClientsSendThemBack) {
  const auto request = ParseChat(Object(
      R"({"model":"m","messages":[{"role":"developer","content":[{"type":"text","text":"a"},)"
      R"({"type":"text","text":"b"}]},{"role":"user","name":"eve","content":"hi"},)"
      R"({"role":"assistant","content":null,"refusal":null,"annotations":[],"audio":null,)"
      R"("function_call":null,"tool_calls":[{"id":"c1","type":"function","function":)"
      R"({"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"ok"}]})"));
  EXPECT_EQ(Generated(request),
            R"({"messages":[{"role":"system","content":"ab"},{"role":"user","content":"hi"},)"
            R"({"role":"assistant","content":"","tool_calls":[{"id":"c1","name":"f",)"
            R"("arguments":"{}"}]},{"role":"tool","content":"ok","tool_call_id":"c1"}]})");
}

TEST(OpenAiRequestTest, TurnsToolsAndSchemasOver) {
  const auto request = ParseChat(
      Chat(R"("tools":[{"type":"function","function":{"name":"f","description":"d","strict":true,)"
           R"("parameters":{"type":"object"}}}],"tool_choice":{"type":"function","function":)"
           R"({"name":"f"}},"parallel_tool_calls":false,"response_format":{"type":"json_schema",)"
           R"("json_schema":{"name":"s","strict":true,"schema":{"type":"object"}}})"));
  EXPECT_EQ(Generated(request),
            R"({"messages":[{"role":"user","content":"hi"}],"tools":[{"name":"f",)"
            R"("description":"d","parameters":{"type":"object"}}],"tool_choice":{"name":"f"},)"
            R"("json_schema":{"type":"object"}})");
}

TEST(OpenAiRequestTest, IgnoresWhatChangesNothing) {
  const auto request = ParseChat(
      Chat(R"("user":"u","metadata":{"a":"b"},"store":false,"service_tier":"auto",)"
           R"("safety_identifier":"x","prompt_cache_key":"y","verbosity":"low",)"
           R"("reasoning_effort":"low","modalities":["text"],"logprobs":false,)"
           R"("temperature":null,"tools":null,"stop":null,"stream_options":null,"seed":-1,)"
           R"("tool_choice":"auto","audio":null,"functions":[])"));
  EXPECT_EQ(Generated(request), R"({"messages":[{"role":"user","content":"hi"}]})");
}

TEST(OpenAiRequestTest, RefusesByNameWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {R"("temprature":1)", "temprature"},
      {R"("n":2)", "n"},
      {R"("n":0)", "n"},
      {R"("temperature":-0.1)", "temperature"},
      {R"("temperature":2.1)", "temperature"},
      {R"("temperature":"1")", "temperature"},
      {R"("top_p":1.1)", "top_p"},
      {R"("top_k":-1)", "top_k"},
      {R"("max_tokens":0)", "max_tokens"},
      {R"("max_tokens":-5)", "max_tokens"},
      {R"("max_tokens":1.5)", "max_tokens"},
      {R"("max_completion_tokens":2147483648)", "max_completion_tokens"},
      {R"("seed":4294967296)", "seed"},
      {R"("seed":-2)", "seed"},
      {R"("stop":[""])", "stop"},
      {R"("stop":5)", "stop"},
      {R"("presence_penalty":2.5)", "presence_penalty"},
      {R"("logit_bias":{"x":1})", "logit_bias"},
      {R"("logit_bias":{"1":101})", "logit_bias"},
      {R"("logit_bias":{"-1":1})", "logit_bias"},
      {R"("stream":"yes")", "stream"},
      {R"("stream_options":{"include_usage":true})", "stream_options"},
      {R"("stream":true,"stream_options":{"x":1})", "stream_options"},
      {R"("logprobs":true)", "logprobs"},
      {R"("top_logprobs":3)", "top_logprobs"},
      {R"("audio":{"voice":"x"})", "audio"},
      {R"("functions":[{"name":"f"}])", "functions"},
      {R"("modalities":["audio"])", "modalities"},
      {R"("tools":[{"type":"web"}])", "tools[0].type"},
      {R"("tools":[{"type":"function","function":{"name":"a b"}}])", "tools[0]"},
      {R"("tool_choice":"required")", "tool_choice"},
      {R"("tool_choice":"always")", "tool_choice"},
      {R"("response_format":{"type":"xml"})", "response_format.type"},
      {R"("response_format":{"type":"json_schema"})", "response_format.json_schema"},
  };
  for (const auto& [members, param] : rows) {
    const auto request = ParseChat(Chat(members));
    ASSERT_FALSE(request.has_value()) << members;
    EXPECT_EQ(request.error().status, 400) << members;
    EXPECT_EQ(request.error().param, param) << members << ": " << request.error().message;
  }
}

TEST(OpenAiRequestTest, RefusesBadMessagesNamingThePlace) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"[]", "messages"},
      {"[1]", "messages[0]"},
      {R"([{"role":"user"}])", "messages[0].content"},
      {R"([{"role":"user","content":null}])", "messages[0].content"},
      {R"([{"role":"user","content":5}])", "messages[0].content"},
      {R"([{"role":"king","content":"a"}])", "messages[0].role"},
      {R"([{"content":"a"}])", "messages[0].role"},
      {R"([{"role":"user","content":"a","x":1}])", "messages[0].x"},
      {R"([{"role":"user","content":[{"type":"image_url","image_url":{}}]}])",
       "messages[0].content[0]"},
      {R"([{"role":"user","content":[{"type":"text"}]}])", "messages[0].content[0].text"},
      {R"([{"role":"user","content":"a","tool_calls":[]}])", "messages[0].tool_calls"},
      {R"([{"role":"user","content":"a","tool_call_id":"x"}])", "messages[0].tool_call_id"},
      {R"([{"role":"assistant","tool_calls":[{"id":"x"}]}])", "messages[0].tool_calls[0].function"},
  };
  for (const auto& [messages, param] : rows) {
    const auto request = ParseChat(Object(R"({"model":"m","messages":)" + messages + "}"));
    ASSERT_FALSE(request.has_value()) << messages;
    EXPECT_EQ(request.error().param, param) << messages << ": " << request.error().message;
  }
}

TEST(OpenAiRequestTest, NeedsAModelAndMessages) {
  EXPECT_EQ(ParseChat(Object(R"({"messages":[]})")).error().param, "model");
  EXPECT_EQ(ParseChat(Object(R"({"model":"","messages":[]})")).error().param, "model");
  EXPECT_EQ(ParseChat(Object(R"({"model":"m"})")).error().param, "messages");
}

TEST(OpenAiRequestTest, CompletionsGiveThePromptAsItIs) {
  EXPECT_EQ(Generated(ParseCompletion(Object(R"({"model":"m","prompt":["Once"]})"))),
            R"({"prompt":"Once","raw":true,"max_tokens":16})");
  for (const char* prompt : {R"("")", R"(["a","b"])", "[1,2]", "null", "[[1]]"}) {
    const auto request =
        ParseCompletion(Object(std::string(R"({"model":"m","prompt":)") + prompt + "}"));
    ASSERT_FALSE(request.has_value()) << prompt;
    EXPECT_EQ(request.error().param, "prompt") << prompt;
  }
  EXPECT_EQ(ParseCompletion(Object(R"({"model":"m","prompt":"a","best_of":2})")).error().param,
            "best_of");
  EXPECT_EQ(ParseCompletion(Object(R"({"model":"m","prompt":"a","echo":true})")).error().param,
            "echo");
}

}  // namespace
}  // namespace secai::gateway
