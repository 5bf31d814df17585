#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "base/result.h"

namespace secai {

// Limits of one parse. Sizes in bytes after unescaping, counts in elements; all inclusive.
struct JsonLimits {
  std::size_t max_bytes = std::size_t{1} << 20;
  std::size_t max_depth = 32;
  std::size_t max_string_bytes = std::size_t{1} << 20;
  std::size_t max_elements = 100'000;  // Array elements and object members, all together.
};

// Parses one RFC 8259 text with nothing before or after it but white space.
//
// Refuses, beyond the grammar: duplicate keys at any level, compared after unescaping ("a" and
// "\u0061" are one key); invalid UTF-8, lone surrogates and a byte-order mark; numbers outside
// double's range; anything over `limits`, checked before it is allocated. Errors: kInvalidArgument
// with line, column and the path of the key ("line 3, column 7, at messages[1].role: duplicate
// key"), never with the content itself. No exceptions, no recursion on input deeper than
// `max_depth`. Thread-safety: a pure function.
Result<boost::json::value> ParseStrictJson(std::string_view text, const JsonLimits& limits = {});

}  // namespace secai
