// Invariant: an accepted text has no more depth and elements than allowed, and what is written from
// its value is accepted again and gives the same value.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/strict_json.h"
#include "base/utf8.h"

namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 8;
constexpr std::size_t kMaxElements = 64;

std::size_t Check(const json::value& value, std::size_t depth) {
  if (depth > kMaxDepth) std::abort();
  std::size_t elements = 0;
  if (const json::string* text = value.if_string()) {
    if (!secai::IsValidUtf8({text->data(), text->size()})) std::abort();
  } else if (const json::array* list = value.if_array()) {
    for (const json::value& item : *list) elements += 1 + Check(item, depth + 1);
  } else if (const json::object* object = value.if_object()) {
    for (const auto& member : *object) elements += 1 + Check(member.value(), depth + 1);
  }
  return elements;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  secai::JsonLimits limits;
  limits.max_depth = kMaxDepth;
  limits.max_elements = kMaxElements;
  const auto value = secai::ParseStrictJson(text, limits);
  if (!value.has_value()) {
    if (value.error().message.empty()) std::abort();
    return 0;
  }
  if (Check(*value, 0) > kMaxElements) std::abort();
  const auto again = secai::ParseStrictJson(json::serialize(*value), limits);
  if (!again.has_value() || *again != *value) std::abort();
  return 0;
}
