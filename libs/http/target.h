#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace secai::http {

// Where a request goes, decoded once and never again. Plain value.
struct Target {
  std::vector<std::string> segments;  // "/v1/models" is {"v1", "models"}; "/" is {}.
  std::vector<std::pair<std::string, std::string>> query;  // In the order sent; names are unique.

  std::optional<std::string_view> QueryValue(std::string_view name) const;
};

// Parses an origin-form request target (RFC 9112 section 3.2.1): "/path?query".
//
// Refuses absolute-form, "*" and fragments; empty segments except one at the end ("/a/" is {"a",
// ""});
// "." and ".." segments; escapes that are not two hex digits; after decoding any control character,
// '/', '\' or invalid UTF-8; a query name given twice. In the query '+' is a space.
// Limits: 8 KiB, 32 segments, 64 query members.
// Errors: kInvalidArgument, without the text of the target.
// Thread-safety: a pure function. Trust: `text` comes from the client.
Result<Target> ParseTarget(std::string_view text);

}  // namespace secai::http
