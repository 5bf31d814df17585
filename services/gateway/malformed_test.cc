// Whatever a client sends, the answer is a 4xx or a good one, never a 5xx: 1,000 mutations of good
// requests.

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/strict_json.h"
#include "gateway/testing/gateway_fixture.h"

namespace secai::gateway {
namespace {

using http::testing::MakeRequest;
using http::testing::RawClient;
using testing::RunningGateway;

// One to four random changes: a byte, a cut, a doubled piece, a number, a special word.
std::string Mutate(std::string text, std::mt19937* random) {
  const std::vector<std::string> words = {"null", "-1",          "1e308", "[]",
                                          "{}",   "\"\\ud800\"", "true",  "99999999999999999999",
                                          "\xff", "%00",         "\r\n"};
  const auto below = [&](std::size_t limit) {
    return limit == 0 ? 0 : static_cast<std::size_t>((*random)()) % limit;
  };
  for (std::size_t change = 0; change <= below(4) && !text.empty(); ++change) {
    const std::size_t at = below(text.size());
    switch (below(5)) {
      case 0:
        text[at] = static_cast<char>(below(256));
        break;
      case 1:
        text.erase(at, 1 + below(8));
        break;
      case 2:
        text.insert(at, text.substr(at, 1 + below(16)));
        break;
      case 3:
        text.insert(at, words[below(words.size())]);
        break;
      default:
        text.replace(at, 1 + below(4), words[below(words.size())]);
    }
  }
  return text;
}

TEST(MalformedTest, AThousandMutatedRequestsNeverMakeA5xx) {
  RunningGateway gateway;
  gateway.rooms().AddModel("smol", 'a');
  gateway.rooms().end =
      ParseStrictJson(
          R"({"finish_reason":"stop","usage":{"prompt_tokens":1,"completion_tokens":1}})")
          .value()
          .as_object();
  const std::vector<std::pair<std::string, std::string>> good = {
      {"/v1/chat/completions",
       R"({"model":"smol","messages":[{"role":"system","content":"a"},{"role":"user",)"
       R"("content":[{"type":"text","text":"b"}]}],"temperature":0.5,"max_tokens":5,)"
       R"("stop":["x"],"seed":1,"tools":[{"type":"function","function":{"name":"f",)"
       R"("parameters":{"type":"object"}}}],"stream":true,"logit_bias":{"5":1}})"},
      {"/v1/completions", R"({"model":"smol","prompt":"a","max_tokens":3,"stream":false})"},
      {"/api/chat", R"({"message":"a","model":"smol","conversation_id":"x"})"},
      {"/api/models/smol/load", R"({"context":4096})"},
      {"/api/models/delete", R"({"name":"other"})"},
      {"/api/models/import?name=a.gguf", "GGUF\x03"},
  };
  std::mt19937 random(20261124);  // NOLINT(cert-msc51-cpp): the same thousand each time.
  int refused = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto& [path, body] = good[static_cast<std::size_t>(i) % good.size()];
    const bool changes_head = i % 4 == 0;
    std::string request =
        MakeRequest(gateway.port(), "POST", path, changes_head ? body : Mutate(body, &random));
    if (changes_head) {
      const std::size_t end = request.find("\r\n\r\n");
      request = Mutate(request.substr(0, end), &random) + request.substr(end);
    }
    RawClient client(gateway.port());
    client.Send(request);
    client.ShutdownSend();  // A body that is now longer than announced must not wait.
    const auto response = client.Receive(request.starts_with("HEAD "));
    if (!response.has_value()) continue;  // It hung up before the end: nobody to answer.
    EXPECT_LT(response->status, 500) << i << ": " << response->body;
    if (response->status >= 400) ++refused;
  }
  EXPECT_GT(refused, 400);
  EXPECT_EQ(gateway.Ask("GET", "/healthz").status, 200);
}

}  // namespace
}  // namespace secai::gateway
