#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "http/response.h"

namespace secai::http {

struct ResponseFraming {
  bool is_chunked = false;
  bool keeps_alive = true;
  std::optional<std::uint64_t> content_length;  // None: chunked, or until the connection ends.
};

// The status line and fields of an answer, up to and with the empty line. A field whose name or
// value could end the line is left out: better one field less than a second answer. Thread-safety:
// a pure function.
std::string EncodeResponseHead(const Response& response, const ResponseFraming& framing);

}  // namespace secai::http
