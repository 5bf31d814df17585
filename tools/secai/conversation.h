#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "secai/command.h"

namespace secai::cli {

struct Turn {
  std::string role;  // "system", "user" or "assistant".
  std::string content;
};

// The body of POST /v1/chat/completions for these turns and the sampling options of the command
// line.
std::string ChatRequest(const Invocation& invocation, const std::string& model,
                        const std::vector<Turn>& turns, bool streams);

// What one chunk of the stream adds: text, or the error it carries. Errors: the chunk's own, or
// kCorrupt.
Result<std::string> TextOfChunk(std::string_view data);

// Asks for an answer and gives its text to `show` as it comes. Ctrl-C ends the answer early, which
// frees the model at once: the connection closes. Returns all of the text. Errors: as
// GatewayClient::Stream().
Result<std::string> StreamAnswer(const Context& context, const std::string& model,
                                 const std::vector<Turn>& turns,
                                 const std::function<void(std::string_view)>& show);

// The model that is asked for, or the first that can run. Errors: kNotFound when none is admitted.
Result<std::string> ChooseModel(GatewayClient& gateway, const std::string& wanted);

}  // namespace secai::cli
