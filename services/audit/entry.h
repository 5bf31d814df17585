#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "base/clock.h"
#include "base/result.h"

namespace secai::audit {

// Longest line of the log, in bytes, without its newline.
inline constexpr std::size_t kMaxEntryBytes = std::size_t{64} << 10;
inline constexpr std::size_t kMaxEventNameBytes = 64;

// One line of the log (docs/formats/audit-log.md).
struct Entry {
  std::uint64_t seq = 0;  // From 1, one more each; the order of the log, whatever the clock says.
  Clock::TimePoint time;
  std::string room;
  std::string event;
  boost::json::object fields;
};

// "room.past_participle": lower-case letters, digits and "_" on both sides of one dot; 3 to 64
// bytes.
bool IsEventName(std::string_view name);

// The room of an event name: what stands before the dot.
std::string_view RoomOf(std::string_view event_name);

// What an entry says but for its number, so that it can be prepared before its place is known.
// Errors: kInvalidArgument when the line could be over kMaxEntryBytes.
Result<std::string> FormatEntryRest(Clock::TimePoint time, std::string_view room,
                                    std::string_view event, const boost::json::object& fields);

// The whole line, without newline: one JSON object, in which every control, bidi and hidden
// character is escaped, so that it can be shown on a terminal as it is.
std::string FormatEntry(std::uint64_t seq, std::string_view rest);

// Errors: kInvalidArgument for anything but a line of that form.
// Trust: the file may have been changed by anybody who can write it.
Result<Entry> ParseEntry(std::string_view line);

}  // namespace secai::audit
