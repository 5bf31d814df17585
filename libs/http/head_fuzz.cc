// Invariants: a head that is accepted has exactly one Host, never both kinds of length, no control
// character in any field, and no dot segment or slash in its path; and Beast accepts it too or the
// request is refused.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/body_parser.h"
#include "http/head.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto head = secai::http::ParseHead(bytes);
  if (!head.has_value()) return 0;
  int hosts = 0;
  for (const auto& field : head->headers.fields()) {
    if (field.name == "host") ++hosts;
    const bool has_control = std::ranges::any_of(field.name + field.value, [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
    if (has_control) std::abort();
  }
  if (hosts != 1) std::abort();
  if (head->is_chunked && head->content_length.has_value()) std::abort();
  for (const auto& segment : head->target.segments) {
    if (segment == "." || segment == ".." || segment.find('/') != std::string::npos) std::abort();
  }
  const auto parser = secai::http::BodyParser::Create(bytes);
  if (!parser.has_value()) return 0;
  // Both parsers see the same kind of body.
  const bool has_body = head->is_chunked || head->content_length.value_or(0) > 0;
  if (has_body == parser.value()->is_done()) std::abort();
  return 0;
}
