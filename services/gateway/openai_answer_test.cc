#include "gateway/openai_answer.h"

#include <string>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "base/strict_json.h"

namespace secai::gateway {
namespace {

namespace json = boost::json;

json::array Calls(const std::string& text) { return ParseStrictJson(text).value().as_array(); }

GenerationEnd End() {
  GenerationEnd end;
  end.finish_reason = "length";
  end.prompt_tokens = 3;
  end.completion_tokens = 2;
  end.cached_tokens = 1;
  end.timings["decode_ms"] = 5;
  return end;
}

TEST(OpenAiAnswerTest, WritesTheChunksOfAChat) {
  const OpenAiAnswer answer(OpenAiAnswer::Kind::kChat, "chatcmpl-1", "m\"", 7, true);
  const std::string head =
      R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"model":"m\"",)";
  const std::string choice = head + R"("usage":null,"choices":[{"index":0,"logprobs":null,)";
  EXPECT_EQ(answer.First(),
            choice + R"("delta":{"role":"assistant","content":""},"finish_reason":null}]})");
  EXPECT_EQ(answer.Part({.text = "a\nb", .reasoning = "", .tool_calls = {}}),
            choice + R"("delta":{"content":"a\nb"},"finish_reason":null}]})");
  EXPECT_EQ(answer.Finish(End()), choice + R"("delta":{},"finish_reason":"length"}]})");
  EXPECT_EQ(answer.Usage(End()),
            head + R"("choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,)"
                   R"("total_tokens":5,"prompt_tokens_details":{"cached_tokens":1}},)"
                   R"("timings":{"decode_ms":5}})");
}

TEST(OpenAiAnswerTest, WithoutUsageTheLastChunkHasTheTimings) {
  const OpenAiAnswer answer(OpenAiAnswer::Kind::kChat, "i", "m", 7, false);
  EXPECT_EQ(answer.Usage(End()), "");
  EXPECT_TRUE(
      answer.Finish(End()).ends_with(R"("finish_reason":"length"}],"timings":{"decode_ms":5}})"));
  EXPECT_EQ(answer.First().find("usage"), std::string::npos);
}

TEST(OpenAiAnswerTest, PiecesOfToolCallsAreGivenAndJoined) {
  const OpenAiAnswer answer(OpenAiAnswer::Kind::kChat, "i", "m", 7, false);
  GenerationItem first;
  first.tool_calls = Calls(R"([{"index":0,"id":"c1","name":"f","arguments":"{\"a\""}])");
  GenerationItem second;
  second.tool_calls = Calls(R"([{"index":0,"arguments":":1}"}])");
  EXPECT_NE(answer.Part(first).find(R"("tool_calls":[{"index":0,"id":"c1","type":"function",)"
                                    R"("function":{"name":"f","arguments":"{\"a\""}}])"),
            std::string::npos);
  GenerationItem whole;
  JoinItem(first, &whole);
  JoinItem(second, &whole);
  const json::object object = answer.Whole(whole, End());
  const json::value& message = object.at("choices").at(0).at("message");
  EXPECT_EQ(json::serialize(message),
            R"({"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"c1",)"
            R"("type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]})");
}

TEST(OpenAiAnswerTest, AHostileIndexIsLeftOut) {
  GenerationItem whole;
  GenerationItem item;
  item.tool_calls = Calls(R"([{"index":1000000000,"name":"f"},{"index":-1,"name":"g"},5])");
  JoinItem(item, &whole);
  EXPECT_EQ(whole.tool_calls.size(), 1U);  // -1 counts as the first.
}

TEST(OpenAiAnswerTest, WritesCompletions) {
  const OpenAiAnswer answer(OpenAiAnswer::Kind::kCompletion, "cmpl-1", "m", 7, false);
  EXPECT_EQ(answer.First(), "");
  EXPECT_NE(answer.Part({.text = "x", .reasoning = "", .tool_calls = {}})
                .find(R"("object":"text_completion")"),
            std::string::npos);
  const json::object whole = answer.Whole({.text = "xy", .reasoning = "", .tool_calls = {}}, End());
  EXPECT_EQ(whole.at("choices").at(0).at("text"), "xy");
  EXPECT_EQ(whole.at("usage").at("total_tokens"), 5);
}

}  // namespace
}  // namespace secai::gateway
