#include "inference/api/generate.h"

#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "base/testing/result_matchers.h"

namespace secai::inference {
namespace {

using secai::testing::FailsWith;

Result<GenerateRequest> Parse(std::string_view text) {
  return ParseGenerateRequest(boost::json::parse(text).as_object());
}

TEST(GenerateRequestTest, ReadsEveryMember) {
  ASSERT_OK_AND_ASSIGN(const GenerateRequest request, Parse(R"({
    "messages": [{"role": "system", "content": "be brief"},
                 {"role": "assistant", "content": "", "reasoning_content": "hm",
                  "tool_calls": [{"id": "c1", "name": "add", "arguments": "{\"a\":1}"}]},
                 {"role": "tool", "content": "3", "tool_call_id": "c1", "name": "add"}],
    "tools": [{"name": "add", "description": "adds", "parameters": {"type": "object"}}],
    "tool_choice": {"name": "add"}, "json_object": false, "stop": ["END"], "max_tokens": 7,
    "temperature": 0.5, "top_p": 0.9, "top_k": 40, "min_p": 0.1, "seed": 4294967295,
    "presence_penalty": -2, "frequency_penalty": 2, "logit_bias": [[5, -100]], "identity": "me"})"));
  ASSERT_EQ(request.messages.size(), 3U);
  EXPECT_EQ(request.messages[0].role, Role::kSystem);
  EXPECT_EQ(request.messages[1].tool_calls.at(0).arguments, R"({"a":1})");
  EXPECT_EQ(request.messages[1].reasoning_content, "hm");
  EXPECT_EQ(request.messages[2].tool_call_id, "c1");
  EXPECT_EQ(request.tools.at(0).description, "adds");
  EXPECT_EQ(request.tool_choice.kind, ToolChoice::Kind::kNamed);
  EXPECT_EQ(request.tool_choice.name, "add");
  EXPECT_EQ(request.stop.at(0), "END");
  EXPECT_EQ(request.max_tokens, 7U);
  EXPECT_EQ(request.seed, 4294967295U);
  EXPECT_DOUBLE_EQ(request.logit_bias.at(0).second, -100);
  EXPECT_EQ(request.identity, "me");
}

TEST(GenerateRequestTest, SurvivesTheWayThroughJson) {
  const std::string text =
      R"({"prompt":"x","raw":true,"json_schema":{"type":"object"},"max_tokens":1,)"
      R"("temperature":0E0,"identity":""})";
  ASSERT_OK_AND_ASSIGN(const GenerateRequest request, Parse(text));
  EXPECT_EQ(boost::json::serialize(SerializeGenerateRequest(request)), text);
}

TEST(GenerateRequestTest, SerialisedRequestIsReadBackTheSame) {
  ASSERT_OK_AND_ASSIGN(const GenerateRequest request, Parse(R"({
    "messages": [{"role": "user", "content": "hi"}], "tools": [{"name": "f"}],
    "tool_choice": "required", "stop": ["a", "b"], "logit_bias": [[1, 0.5]], "identity": "i"})"));
  const boost::json::object once = SerializeGenerateRequest(request);
  ASSERT_OK_AND_ASSIGN(const GenerateRequest again, ParseGenerateRequest(once));
  EXPECT_EQ(SerializeGenerateRequest(again), once);
}

struct BadRequest {
  const char* text;
  const char* message_part;
};

TEST(GenerateRequestTest, RefusesBadInputAndNamesThePlace) {
  const BadRequest rows[] = {
      {R"({"messages": [], "identity": ""})", "messages: at least one"},
      {R"({"identity": ""})", "either messages or prompt"},
      {R"({"prompt": "a", "messages": [{"role": "user", "content": "b"}], "identity": ""})",
       "not both"},
      {R"({"prompt": "a"})", "identity"},
      {R"({"prompt": "a", "identity": "", "max_tokens": -5})", "max_tokens"},
      {R"({"prompt": "a", "identity": "", "max_tokens": 0})", "max_tokens"},
      {R"({"prompt": "a", "identity": "", "temperature": -0.1})", "temperature"},
      {R"({"prompt": "a", "identity": "", "top_p": 1.01})", "top_p"},
      {R"({"prompt": "a", "identity": "", "n_discard": -1})", "n_discard"},
      {R"({"prompt": "a", "identity": "", "stop": [""]})", "stop[0]"},
      {R"({"prompt": "a", "identity": "", "logit_bias": [[1, 101]]})", "logit_bias[0]"},
      {R"({"prompt": "a", "identity": "", "logit_bias": [[-1, 1]]})", "logit_bias[0]"},
      {R"({"prompt": "a", "identity": "", "logit_bias": [[1.5, 1]]})", "logit_bias[0]"},
      {R"({"prompt": "a", "identity": "", "tool_choice": "required"})", "no tools"},
      {R"({"prompt": "a", "identity": "", "tool_choice": {"name": "x"}})", "tool_choice.name"},
      {R"({"prompt": "a", "identity": "", "tools": [{"name": "a b"}]})", "tools[0]: name"},
      {R"({"prompt": "a", "identity": "", "tools": [{"name": "a"}, {"name": "a"}]})",
       "given twice"},
      {R"({"messages": [{"role": "user", "content": "b"}], "raw": true, "identity": ""})", "raw"},
      {R"({"messages": [{"role": "root", "content": "b"}], "identity": ""})", "messages[0]: role"},
      {R"({"messages": [{"role": "user", "content": null}], "identity": ""})",
       "messages[0]: content"},
      {R"({"messages": [7], "identity": ""})", "messages[0]"},
      {R"({"messages": [{"role": "user", "content": "", "tool_calls": []}], "identity": ""})",
       "only an assistant"},
  };
  for (const BadRequest& row : rows) {
    EXPECT_TRUE(FailsWith(Parse(row.text), ErrorCode::kInvalidArgument, row.message_part))
        << row.text;
  }
}

TEST(GenerateRequestTest, ErrorNeverRepeatsContent) {
  const auto result =
      Parse(R"({"messages": [{"role": "SECRET", "content": "b"}], "identity": ""})");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message.find("SECRET"), std::string::npos);
}

TEST(GenerateRequestTest, SchemaMayNestSixtyFourDeepAndNotDeeper) {
  const auto with_depth = [](std::size_t depth) {
    std::string schema = "1";
    for (std::size_t i = 1; i < depth; ++i) schema = R"({"a":)" + schema + "}";
    return R"({"prompt": "a", "identity": "", "json_schema": )" + schema + "}";
  };
  const auto parse_deep = [](const std::string& text) {
    boost::json::parse_options options;
    options.max_depth = 200;
    return ParseGenerateRequest(boost::json::parse(text, {}, options).as_object());
  };
  EXPECT_OK(parse_deep(with_depth(kMaxSchemaDepth)));
  EXPECT_TRUE(FailsWith(parse_deep(with_depth(kMaxSchemaDepth + 1)), ErrorCode::kInvalidArgument,
                        "json_schema: nests deeper"));
}

TEST(GenerateRequestTest, TextsTogetherMayNotExceedTheBound) {
  const std::string half(kMaxTextBytes / 2, 'x');
  const std::string message = R"({"role": "user", "content": ")" + half + R"("})";
  const std::string two = R"({"messages": [)" + message + "," + message + R"(], "identity": ""})";
  EXPECT_OK(Parse(two));
  const std::string three =
      R"({"messages": [)" + message + "," + message + "," + message + R"(], "identity": ""})";
  EXPECT_TRUE(FailsWith(Parse(three), ErrorCode::kInvalidArgument, "bytes together"));
}

}  // namespace
}  // namespace secai::inference
