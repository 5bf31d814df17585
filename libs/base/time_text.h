#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace secai {

// "2026-11-24T19:23:01.007Z": RFC 3339 in UTC with exactly three digits of a second, 24 bytes, so
// that texts sort like times. Years 0000 to 9999; a time outside is shown as the nearest edge.
// Thread-safety: pure functions.
std::string FormatTime(Clock::TimePoint time);

// Reads exactly that form (no offset, no lower case, no leap second).
// Errors: kInvalidArgument.
Result<Clock::TimePoint> ParseTime(std::string_view text);

}  // namespace secai
