#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace secai {

// Lower-case hexadecimal, two digits a byte, no prefix. Thread-safety: pure functions.
std::string ToHex(std::span<const std::uint8_t> bytes);

// Errors: kInvalidArgument for an odd length or anything but 0-9 and a-f (upper case included: one
// value has one text). Allocates half of `text`.
Result<std::vector<std::uint8_t>> FromHex(std::string_view text);

// As above into exactly `bytes`; kInvalidArgument also for another length.
Result<> FromHexInto(std::string_view text, std::span<std::uint8_t> bytes);

}  // namespace secai
