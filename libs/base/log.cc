#include "base/log.h"

#include <atomic>
#include <cmath>
#include <string>
#include <utility>

#include <unistd.h>

#include <fmt/format.h>

#include "base/time_text.h"
#include "base/utf8.h"

namespace secai::log {
namespace {

// stderr is one per process, and so is the name of who writes to it.
std::string& RoomName() {
  static std::string name = "-";
  return name;
}
std::atomic<Level>& LowestLevel() {
  static std::atomic<Level> level{Level::kInfo};
  return level;
}

std::string Quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : EscapeForDisplay(text)) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted += '"';
}

std::string_view NameOf(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
  }
  return "error";
}

void Write(Level level, std::string_view event, Fields fields) {
  if (level < LowestLevel().load(std::memory_order_relaxed)) return;
  const std::string line = FormatLine(SystemClock().Now(), RoomName(), level, event, fields);
  const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
  (void)written;  // There is nowhere to report a log that cannot be written.
}

}  // namespace

Field::Field(std::string_view name, std::string_view value) : name_(name), json_(Quote(value)) {}
Field::Field(std::string_view name, bool value) : name_(name), json_(value ? "true" : "false") {}
Field::Field(std::string_view name, double value)
    : name_(name), json_(std::isfinite(value) ? fmt::format("{}", value) : "null") {}

void SetRoom(std::string_view room) { RoomName() = room; }
void SetLowestLevel(Level level) { LowestLevel().store(level); }

void Debug(std::string_view event, Fields fields) { Write(Level::kDebug, event, fields); }
void Info(std::string_view event, Fields fields) { Write(Level::kInfo, event, fields); }
void Warn(std::string_view event, Fields fields) { Write(Level::kWarn, event, fields); }
void Error(std::string_view event, Fields fields) { Write(Level::kError, event, fields); }

std::string FormatLine(Clock::TimePoint time, std::string_view room, Level level,
                       std::string_view event, Fields fields) {
  std::string line = fmt::format(R"({{"time":"{}","room":{},"level":"{}","event":{})",
                                 FormatTime(time), Quote(room), NameOf(level), Quote(event));
  if (fields.size() != 0) {
    line += ",\"fields\":{";
    bool is_first = true;
    for (const Field& field : fields) {
      if (!is_first) line += ',';
      is_first = false;
      line += fmt::format("{}:{}", Quote(field.name()), field.json());
    }
    line += '}';
  }
  return line += "}\n";
}

std::optional<std::uint64_t> RateLimit::Admit(TimePoint now) {
  if (!last_refill_.has_value()) last_refill_ = now;
  if (const auto due = (now - *last_refill_) / interval_; due > 0) {
    *last_refill_ += due * interval_;
    tokens_ = due >= burst_ - tokens_ ? burst_ : tokens_ + static_cast<std::uint32_t>(due);
  }
  if (tokens_ == 0) {
    ++suppressed_;
    return std::nullopt;
  }
  --tokens_;
  return std::exchange(suppressed_, 0);
}

}  // namespace secai::log
