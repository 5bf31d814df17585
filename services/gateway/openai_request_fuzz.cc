// Invariant: what the gateway accepts, inference accepts too; what it refuses, it refuses with 400
// and a message without control characters.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <boost/json/value.hpp>

#include "base/strict_json.h"
#include "gateway/openai_request.h"
#include "inference/api/generate.h"

namespace {

void Check(const secai::gateway::ApiResult<secai::gateway::OpenAiRequest>& request) {
  if (request.has_value()) {
    if (request->model.empty()) std::abort();
    if (!secai::inference::ParseGenerateRequest(request->generate).has_value()) std::abort();
    return;
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  if (request.error().status != 400) std::abort();
  if (std::ranges::any_of(request.error().message, is_control)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto body =
      secai::ParseStrictJson(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!body.has_value() || !body->is_object()) return 0;
  Check(secai::gateway::ParseChatRequest(body->get_object(), "uid:1"));
  Check(secai::gateway::ParseCompletionRequest(body->get_object(), "uid:1"));
  return 0;
}
