#include "secai/conversation.h"

#include <gtest/gtest.h>

namespace secai::cli {
namespace {

TEST(ConversationTest, AsksInOpenAiShape) {
  Invocation invocation;
  invocation.max_tokens = 5;
  invocation.temperature = 0.0;
  invocation.seed = 7;
  EXPECT_EQ(
      ChatRequest(invocation, "m", {{"system", "s"}, {"user", "a\"b"}}, true),
      R"({"model":"m","messages":[{"role":"system","content":"s"},)"
      R"({"role":"user","content":"a\"b"}],"stream":true,"max_tokens":5,"temperature":0E0,"seed":7})");
  EXPECT_EQ(ChatRequest({}, "m", {}, false), R"({"model":"m","messages":[],"stream":false})");
}

TEST(ConversationTest, TakesTheTextOfAChunk) {
  EXPECT_EQ(*TextOfChunk(R"({"choices":[{"delta":{"content":"hi"}}]})"), "hi");
  EXPECT_EQ(*TextOfChunk(R"({"choices":[{"delta":{"role":"assistant","content":null}}]})"), "");
  EXPECT_EQ(*TextOfChunk(R"({"choices":[{"delta":{},"finish_reason":"stop"}]})"), "");
  EXPECT_EQ(*TextOfChunk(R"({"choices":[],"usage":{"total_tokens":3}})"), "");
}

TEST(ConversationTest, AnErrorInTheStreamIsAnError) {
  const auto text = TextOfChunk(R"({"error":{"message":"the worker ended","type":"x"}})");
  ASSERT_FALSE(text.has_value());
  EXPECT_EQ(text.error().message, "the worker ended");
  EXPECT_FALSE(TextOfChunk("no json").has_value());
  EXPECT_FALSE(TextOfChunk("[]").has_value());
}

}  // namespace
}  // namespace secai::cli
