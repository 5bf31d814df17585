#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quarantine/template/fold.h"

namespace secai::quarantine {

// The string and number arithmetic of Folder: constants give constants, everything that mixes
// string pieces otherwise is kBuilt. Positions count bytes: callers treat what is cut from text
// outside ASCII as kBuilt. Thread-safety: pure functions.

bool IsAscii(std::string_view text);

// text[index], negative from the end; nothing when out of range.
std::optional<std::string> CharacterAt(std::string_view text, std::int64_t index);

// text[start:stop:step] with Python's rules; a step of 0 gives "".
std::string SliceString(std::string_view text, std::optional<std::int64_t> start,
                        std::optional<std::int64_t> stop, std::optional<std::int64_t> step);

Value ConcatenateValues(const Value& left, const Value& right);  // ~
Value AddValues(const Value& left, const Value& right);          // +
Value FoldArithmetic(std::string_view op, const Value& left, const Value& right);

// lower, upper, strip, lstrip, rstrip, replace, format, join and other methods that give a string.
Value FoldStringMethod(std::string_view method, const Value& owner,
                       const std::vector<Value>& arguments);

}  // namespace secai::quarantine
