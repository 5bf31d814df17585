#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "secai/http_response.h"

// Any bytes as an answer: the same body comes out however the bytes are cut, and never more than
// came in.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace secai::cli;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  const auto head = ParseResponseHead(bytes.substr(0, end + 4));
  if (!head.has_value()) return 0;
  const std::string_view rest = bytes.substr(end + 4);

  BodyDecoder whole(*head);
  std::string at_once;
  const bool is_good = whole.Push(rest, &at_once).has_value();
  if (at_once.size() > rest.size()) std::abort();

  BodyDecoder pieces(*head);
  std::string by_bytes;
  bool is_good_by_bytes = true;
  for (std::size_t i = 0; i < rest.size() && is_good_by_bytes; ++i) {
    is_good_by_bytes = pieces.Push(rest.substr(i, 1), &by_bytes).has_value();
  }
  if (is_good != is_good_by_bytes || at_once != by_bytes) std::abort();
  if (is_good && whole.is_complete() != pieces.is_complete()) std::abort();
  return 0;
}
