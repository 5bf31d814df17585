#pragma once

#include <string>

#include <boost/json/fwd.hpp>

#include "base/result.h"

namespace secai {

// The one text of a JSON value that digests and signatures are taken over: no white space, members
// sorted by UTF-16 code units, the shortest number that reads back, the least escaping.
//
// Errors: kInvalidArgument for what has no such text: an integer beyond 2^53 (it would not survive
// a reader with doubles), invalid UTF-8, nesting over 64. Source: RFC 8785 (JCS). Thread-safety: a
// pure function.
Result<std::string> CanonicalJson(const boost::json::value& value);

}  // namespace secai
