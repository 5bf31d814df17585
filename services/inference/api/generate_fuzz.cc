#include <cstddef>
#include <cstdint>
#include <string_view>

#include <boost/json/value.hpp>

#include "base/check.h"
#include "base/strict_json.h"
#include "inference/api/generate.h"

// What is accepted survives the way through JSON unchanged.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = secai::ParseStrictJson(text, {.max_depth = 72});
  if (!document.has_value() || !document->is_object()) return 0;
  const auto request = secai::inference::ParseGenerateRequest(document->get_object());
  if (!request.has_value()) return 0;
  const boost::json::object once = secai::inference::SerializeGenerateRequest(*request);
  const auto again = secai::inference::ParseGenerateRequest(once);
  CHECK(again.has_value());
  CHECK(secai::inference::SerializeGenerateRequest(*again) == once);
  return 0;
}
