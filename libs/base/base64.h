#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace secai {

// Standard base64 with padding (RFC 4648 section 4). Thread-safety: pure functions.
std::string ToBase64(std::span<const std::uint8_t> bytes);

// Errors: kInvalidArgument for anything but the one canonical text: wrong letters, white space,
// missing or inner padding, or padding bits that are not zero. Allocates 3/4 of `text`.
Result<std::vector<std::uint8_t>> FromBase64(std::string_view text);

}  // namespace secai
