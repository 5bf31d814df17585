#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "quarantine/smoke/subject.h"

namespace secai::quarantine {

// A model made of a function: gets the text of the whole conversation, gives the answer.
class ScriptedSubject final : public SmokeSubject {
 public:
  using Script = std::function<SmokeAnswer(const inference::GenerateRequest& request,
                                           const std::string& conversation)>;

  explicit ScriptedSubject(Script script) : script_(std::move(script)) {}

  boost::asio::awaitable<SmokeAnswer> Ask(inference::GenerateRequest request,
                                          std::chrono::milliseconds budget) override {
    budgets.push_back(budget);
    std::string conversation = request.prompt.value_or("");
    for (const inference::ChatMessage& message : request.messages) {
      conversation += message.content + "\n";
    }
    requests.push_back(request);
    co_return script_(request, conversation);
  }

  std::vector<inference::GenerateRequest> requests;
  std::vector<std::chrono::milliseconds> budgets;

 private:
  Script script_;
};

inline SmokeAnswer Says(std::string text) {
  SmokeAnswer answer;
  answer.text = std::move(text);
  answer.completion_tokens = 8;
  return answer;
}

}  // namespace secai::quarantine
