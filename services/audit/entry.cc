#include "audit/entry.h"

#include <algorithm>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "base/json_fields.h"
#include "base/strict_json.h"
#include "base/time_text.h"
#include "base/utf8.h"

namespace secai::audit {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxSeqBytes = 20;  // Digits of 2^64 - 1.

bool IsWord(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

void AppendEscape(std::uint32_t unit, std::string* out) { *out += fmt::format("\\u{:04x}", unit); }

// JSON text in which hidden characters are escaped too. They can only stand inside strings there.
std::string ShowHidden(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const Utf8Step step = NextUtf8(text);
    if (step.kind != Utf8Step::Kind::kValid) {
      AppendEscape(0xFFFD, &shown);
    } else if (!IsHiddenOrControl(step.code_point)) {
      shown += text.substr(0, step.bytes);
    } else if (step.code_point < 0x10000) {
      AppendEscape(static_cast<std::uint32_t>(step.code_point), &shown);
    } else {
      const auto rest = static_cast<std::uint32_t>(step.code_point) - 0x10000U;
      AppendEscape(0xD800U + (rest >> 10U), &shown);
      AppendEscape(0xDC00U + (rest & 0x3FFU), &shown);
    }
    text.remove_prefix(std::max<std::size_t>(step.bytes, 1));
  }
  return shown;
}

}  // namespace

bool IsEventName(std::string_view name) {
  const std::size_t dot = name.find('.');
  return name.size() <= kMaxEventNameBytes && dot != std::string_view::npos &&
         IsWord(name.substr(0, dot)) && IsWord(name.substr(dot + 1));
}

std::string_view RoomOf(std::string_view event_name) {
  return event_name.substr(0, event_name.find('.'));
}

Result<std::string> FormatEntryRest(Clock::TimePoint time, std::string_view room,
                                    std::string_view event, const json::object& fields) {
  std::string rest =
      fmt::format(R"("time":"{}","room":"{}","event":"{}","fields":{}}})", FormatTime(time), room,
                  event, ShowHidden(json::serialize(fields)));
  if (rest.size() + std::string_view(R"({"seq":,)").size() + kMaxSeqBytes > kMaxEntryBytes) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("an audit entry may have at most {} bytes", kMaxEntryBytes));
  }
  return rest;
}

std::string FormatEntry(std::uint64_t seq, std::string_view rest) {
  return fmt::format(R"({{"seq":{},{})", seq, rest);
}

Result<Entry> ParseEntry(std::string_view line) {
  JsonLimits limits;
  limits.max_bytes = kMaxEntryBytes;
  TRY_ASSIGN(const json::value value, ParseStrictJson(line, limits));
  TRY_ASSIGN(const json::object* object, AsObject(value, "the entry"));
  TRY(RefuseUnknownMembers(*object, {"seq", "time", "room", "event", "fields"}));
  Entry entry;
  TRY_ASSIGN(entry.seq, GetUint(*object, "seq"));
  TRY_ASSIGN(const std::string time, GetString(*object, "time"));
  TRY_ASSIGN(entry.time, ParseTime(time));
  TRY_ASSIGN(entry.room, GetString(*object, "room"));
  TRY_ASSIGN(entry.event, GetString(*object, "event"));
  TRY_ASSIGN(const json::object* fields, GetObject(*object, "fields"));
  if (entry.seq == 0) return Fail(ErrorCode::kInvalidArgument, "seq: must be 1 or more");
  if (!IsEventName(entry.event) || RoomOf(entry.event) != entry.room) {
    return Fail(ErrorCode::kInvalidArgument, "event: not an event of the room");
  }
  entry.fields = *fields;
  return entry;
}

}  // namespace secai::audit
