#pragma once

#include <memory>
#include <vector>

#include <boost/json/object.hpp>

#include "inference/api/generate.h"
#include "inference/worker/answer.h"

namespace secai::inference {

// Tool calls for models whose template knows none: the tools are listed in the system text, a call
// is one JSON object {"name": ..., "arguments": {...}}, and results come back as user messages.
// Thread-safety: pure functions.

// `request` with the tools, former calls and results turned into plain messages, and without tools.
GenerateRequest DescribeTools(const GenerateRequest& request);

// The schema of a call that the request allows, bounded: texts without a length get at most 200
// characters, lists without one at most 16 elements, so that a weak model comes to an end.
boost::json::object CallSchema(const GenerateRequest& request);

// Reads such an answer: a call when the text is one JSON object with a known name, else plain
// content. While the text may still become a call, nothing of it is shown.
std::unique_ptr<AnswerReader> MakeCallReader(const GenerateRequest& request);

}  // namespace secai::inference
