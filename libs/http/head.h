#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace secai::http {

inline constexpr std::size_t kMaxHeaderFields = 100;

// The head of a request, judged strictly, before Boost.Beast sees the same bytes.
struct Head {
  Method method = Method::kOther;
  Target target;
  Headers headers;
  bool is_http_1_0 = false;
  bool keeps_alive = false;
  bool is_chunked = false;
  bool expects_continue = false;
  std::optional<std::uint64_t> content_length;
};

// Parses the bytes from the request line to the empty line (CR LF CR LF), which must be their end.
//
// Refuses what two parsers could read in two ways (request smuggling, RFC 9112 section 11.2): bare
// CR or LF, NUL and other controls, white space before a colon, folded lines (obs-fold), a
// Content-Length that is not 1 to 15 digits, both Content-Length and Transfer-Encoding, a coding
// but "chunked", chunked in HTTP/1.0, a missing Host, and any of the fields that decide something
// (Host, Content-Length, Transfer-Encoding, Content-Type, Origin, Authorization, Cookie,
// Sec-Fetch-* ...) given twice, absolute-form targets. Errors: kInvalidArgument (answer 400),
// without the client's text. Thread-safety: a pure function. Trust: `bytes` comes from the client.
Result<Head> ParseHead(std::string_view bytes);

}  // namespace secai::http
