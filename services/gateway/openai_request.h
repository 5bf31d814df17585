#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "gateway/api_error.h"

namespace secai::gateway {

// A request of an OpenAI client, turned into what inference takes (docs/links.md, GenerateRequest).
struct OpenAiRequest {
  std::string model;
  bool is_stream = false;
  bool includes_usage = false;  // stream_options.include_usage
  boost::json::object generate;
};

// Reads the body of POST /v1/chat/completions.
//
// Known members only, each in its range; null counts as absent. Members of official clients that
// change nothing here (user, metadata, store, service_tier, verbosity …) are taken and ignored;
// those that ask for what we do not do (audio, functions, logprobs, n above 1 …) are refused by
// name. Errors: 400 with the member in `param`, never its value. Source: OpenAI API reference,
// "Create chat completion". Trust: `body` comes from the client.
ApiResult<OpenAiRequest> ParseChatRequest(const boost::json::object& body,
                                          const std::string& identity);

// Reads the body of POST /v1/completions: one prompt, given to the model as it is. max_tokens is 16
// unless given, as in OpenAI's reference.
ApiResult<OpenAiRequest> ParseCompletionRequest(const boost::json::object& body,
                                                const std::string& identity);

}  // namespace secai::gateway
