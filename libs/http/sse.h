#pragma once

#include <string>
#include <string_view>

namespace secai::http {

inline constexpr std::string_view kSseContentType = "text/event-stream";
// A comment line that keeps proxies and clients from giving up on a silent stream.
inline constexpr std::string_view kSsePing = ": ping\n\n";

// One server-sent event. `event` may be empty ("message") and holds no line end; each line of
// `data` becomes a data line of its own, so that no content can end the event or begin another.
// Source: HTML standard, section 9.2 "Server-sent events". Thread-safety: a pure function.
std::string EncodeSseEvent(std::string_view event, std::string_view data);

}  // namespace secai::http
