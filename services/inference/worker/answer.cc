#include "inference/worker/answer.h"

namespace secai::inference {
namespace {

std::string More(const std::string& before, const std::string& now) {
  return now.starts_with(before) ? now.substr(before.size()) : std::string();
}

}  // namespace

AnswerPiece Difference(const Answer& before, const Answer& now) {
  AnswerPiece piece{.text = More(before.content, now.content),
                    .reasoning = More(before.reasoning, now.reasoning),
                    .calls = {}};
  for (std::size_t i = 0; i < now.tool_calls.size(); ++i) {
    const ToolCall& call = now.tool_calls[i];
    if (i >= before.tool_calls.size()) {
      piece.calls.push_back(
          {.index = i, .id = call.id, .name = call.name, .arguments = call.arguments});
      continue;
    }
    std::string arguments = More(before.tool_calls[i].arguments, call.arguments);
    if (!arguments.empty()) {
      piece.calls.push_back({.index = i, .id = {}, .name = {}, .arguments = std::move(arguments)});
    }
  }
  return piece;
}

}  // namespace secai::inference
