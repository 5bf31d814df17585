#include "inference/worker/answer_stream.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "inference/worker/generic_tools.h"

namespace secai::inference {
namespace {

// Reads "<reasoning>|<content>|<name>=<arguments>"; without two bars it is not complete.
class BarReader final : public AnswerReader {
 public:
  Result<Answer> Read(std::string_view text, bool is_complete) override {
    const std::size_t first = text.find('|');
    if (first == std::string_view::npos) {
      if (is_complete) return Fail(ErrorCode::kInvalidArgument, "no bars");
      return Answer{.content = {}, .reasoning = std::string(text), .tool_calls = {}};
    }
    Answer answer{.content = {}, .reasoning = std::string(text.substr(0, first)), .tool_calls = {}};
    const std::size_t second = text.find('|', first + 1);
    answer.content =
        text.substr(first + 1, second == std::string_view::npos ? second : second - first - 1);
    if (second != std::string_view::npos) {
      const std::string_view call = text.substr(second + 1);
      const std::size_t equals = call.find('=');
      if (equals != std::string_view::npos) {
        answer.tool_calls.push_back({.id = {},
                                     .name = std::string(call.substr(0, equals)),
                                     .arguments = std::string(call.substr(equals + 1))});
      }
    }
    return answer;
  }
};

std::function<std::string()> Ids() {
  return [n = 0]() mutable { return "id" + std::to_string(++n); };
}

TEST(AnswerStreamTest, PlainTextPassesInWholeCharacters) {
  AnswerStream stream({}, nullptr, Ids());
  EXPECT_EQ(stream.Push("caf\xC3").text, "caf");
  EXPECT_EQ(stream.Push("\xA9 \xFF").text, "\xC3\xA9 \xEF\xBF\xBD");
  EXPECT_EQ(stream.Push("\xE2\x82").text, "");
  EXPECT_EQ(stream.Finish(true).text, "\xEF\xBF\xBD");
}

TEST(AnswerStreamTest, StopTextEndsItAndItsRestIsNotShown) {
  AnswerStream stream({"END"}, nullptr, Ids());
  EXPECT_EQ(stream.Push("one E").text, "one ");
  EXPECT_EQ(stream.Push("ND two").text, "");
  EXPECT_EQ(stream.stopped(), "END");
  EXPECT_TRUE(stream.Finish(true).empty());
}

TEST(AnswerStreamTest, WhatWasHeldBackComesAtTheEnd) {
  AnswerStream stream({"END"}, nullptr, Ids());
  EXPECT_EQ(stream.Push("one EN").text, "one ");
  EXPECT_EQ(stream.Finish(false).text, "EN");
}

TEST(AnswerStreamTest, ReadersPartsComeAsDifferences) {
  AnswerStream stream({}, std::make_unique<BarReader>(), Ids());
  EXPECT_EQ(stream.Push("think").reasoning, "think");
  EXPECT_EQ(stream.Push("ing|he").reasoning, "ing");
  const AnswerPiece call = stream.Push("llo|add={\"a\"");
  EXPECT_EQ(call.text, "llo");
  ASSERT_EQ(call.calls.size(), 1U);
  EXPECT_EQ(call.calls[0].id, "id1");
  EXPECT_EQ(call.calls[0].name, "add");
  EXPECT_EQ(call.calls[0].arguments, "{\"a\"");
  const AnswerPiece more = stream.Push(":1}");
  ASSERT_EQ(more.calls.size(), 1U);
  EXPECT_EQ(more.calls[0].id, "");
  EXPECT_EQ(more.calls[0].arguments, ":1}");
  EXPECT_TRUE(stream.Finish(true).empty());
  EXPECT_TRUE(stream.has_tool_calls());
}

TEST(AnswerStreamTest, LongAnswersLoseNothingThoughReadInSteps) {
  AnswerStream stream({}, std::make_unique<BarReader>(), Ids());
  std::string text = stream.Push("|").text;
  std::string expected;
  for (int i = 0; i < 3000; ++i) {
    text += stream.Push("word ").text;
    expected += "word ";
  }
  text += stream.Finish(true).text;
  EXPECT_EQ(text, expected);
}

TEST(AnswerStreamTest, AnswerWithoutTheFormatIsGivenAsItIs) {
  class Never final : public AnswerReader {
    Result<Answer> Read(std::string_view, bool) override {
      return Fail(ErrorCode::kInvalidArgument, "no");
    }
  };
  AnswerStream stream({}, std::make_unique<Never>(), Ids());
  EXPECT_TRUE(stream.Push("just words").empty());
  EXPECT_EQ(stream.Finish(true).text, "just words");
}

ChatMessage Says(Role role, std::string content) {
  ChatMessage message;
  message.role = role;
  message.content = std::move(content);
  return message;
}

class GenericToolsTest : public ::testing::Test {
 protected:
  GenericToolsTest() {
    request_.messages.push_back(Says(Role::kUser, "hi"));
    Tool tool;
    tool.name = "add";
    tool.description = "adds";
    request_.tools.push_back(tool);
  }
  Answer Read(std::string_view text, bool is_complete) {
    return MakeCallReader(request_)->Read(text, is_complete).value();
  }
  GenerateRequest request_;
};

TEST_F(GenericToolsTest, ToolsAreDescribedInTheSystemText) {
  const GenerateRequest plain = DescribeTools(request_);
  EXPECT_TRUE(plain.tools.empty());
  ASSERT_EQ(plain.messages.size(), 2U);
  EXPECT_EQ(plain.messages[0].role, Role::kSystem);
  EXPECT_NE(plain.messages[0].content.find(R"("name":"add")"), std::string::npos);
  request_.messages.insert(request_.messages.begin(), Says(Role::kSystem, "be brief"));
  const GenerateRequest merged = DescribeTools(request_);
  ASSERT_EQ(merged.messages.size(), 2U);
  EXPECT_TRUE(merged.messages[0].content.starts_with("be brief\n\n"));
}

TEST_F(GenericToolsTest, FormerCallsAndResultsBecomePlainMessages) {
  ChatMessage call = Says(Role::kAssistant, "");
  call.tool_calls = {{.id = "c1", .name = "add", .arguments = R"({"a":1})"}};
  ChatMessage result = Says(Role::kTool, "3");
  result.tool_call_id = "c1";
  request_.messages = {call, result};
  request_.tool_choice.kind = ToolChoice::Kind::kNone;
  const GenerateRequest plain = DescribeTools(request_);
  ASSERT_EQ(plain.messages.size(), 2U);
  EXPECT_EQ(plain.messages[0].content, R"({"name": "add", "arguments": {"a":1}})");
  EXPECT_EQ(plain.messages[1].role, Role::kUser);
  EXPECT_EQ(plain.messages[1].content, "add answered: 3");
}

TEST_F(GenericToolsTest, CallIsReadOnlyWhenComplete) {
  EXPECT_TRUE(Read(R"( {"name": "add", )", false).content.empty());
  const Answer answer = Read(R"( {"name": "add", "arguments": {"a": 1}})", true);
  ASSERT_EQ(answer.tool_calls.size(), 1U);
  EXPECT_EQ(answer.tool_calls[0].arguments, R"({"a":1})");
  EXPECT_EQ(answer.content, "");
}

TEST_F(GenericToolsTest, CallInACodeFenceIsACall) {
  EXPECT_EQ(Read("```json\n{\"name\": \"add\", \"arguments\": {}}\n```", true).tool_calls.size(),
            1U);
}

TEST_F(GenericToolsTest, AnythingElseIsText) {
  for (const char* const text :
       {"hello", R"({"name": "rm", "arguments": {}})", R"({"name": "add"})",
        R"({"name": "add", "arguments": "x"})", "{broken", "}{"}) {
    const Answer answer = Read(text, true);
    EXPECT_EQ(answer.content, text);
    EXPECT_TRUE(answer.tool_calls.empty()) << text;
  }
  EXPECT_EQ(Read("hello", false).content, "hello");
}

TEST_F(GenericToolsTest, TextsWithoutALengthAreBounded) {
  request_.tools[0].parameters = {
      {"type", "object"},
      {"properties",
       {{"free", {{"type", "string"}}},
        {"short", {{"type", "string"}, {"maxLength", 3}}},
        {"choice", {{"type", "string"}, {"enum", {"a", "b"}}}},
        {"list", {{"type", "array"}, {"items", {{"type", "string"}}}}}}}};
  const boost::json::object schema = CallSchema(request_);
  const auto& properties = schema.at("properties").at("arguments").at("properties");
  EXPECT_EQ(properties.at("free").at("maxLength"), 200);
  EXPECT_EQ(properties.at("short").at("maxLength"), 3);
  EXPECT_FALSE(properties.at("choice").as_object().contains("maxLength"));
  EXPECT_EQ(properties.at("list").at("maxItems"), 16);
  EXPECT_EQ(properties.at("list").at("items").at("maxLength"), 200);
}

TEST_F(GenericToolsTest, SchemaOffersTheNamedToolOnly) {
  request_.tools.push_back({.name = "sub", .description = "", .parameters = {}});
  EXPECT_EQ(CallSchema(request_).at("anyOf").as_array().size(), 2U);
  request_.tool_choice = {.kind = ToolChoice::Kind::kNamed, .name = "sub"};
  EXPECT_EQ(CallSchema(request_).at("properties").at("name").at("const"), "sub");
}

}  // namespace
}  // namespace secai::inference
