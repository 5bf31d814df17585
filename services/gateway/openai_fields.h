#pragma once

#include <initializer_list>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/result.h"
#include "gateway/openai_request.h"

namespace secai::gateway {

// The members that chat and completions share, from `body` into `request`: model, stream,
// stream_options, sampling, stop, seed, logit_bias, n. Errors: kInvalidArgument "member: reason".
Result<> ReadSharedFields(const boost::json::object& body, OpenAiRequest* request);

// Fails for a member that is given (and not null, false, 0 or an empty list): we do not do it.
Result<> RefuseGiven(const boost::json::object& body,
                     std::initializer_list<std::string_view> names);

// The messages of a chat in the form of links.
Result<boost::json::array> ConvertMessages(const boost::json::array& messages);

// tools, tool_choice and response_format.
Result<> ConvertTools(const boost::json::object& body, boost::json::object* generate);
Result<> ConvertResponseFormat(const boost::json::object& body, boost::json::object* generate);

}  // namespace secai::gateway
