#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

// Logs are for operators: one line of JSON per event on stderr,
//   {"time":"…","room":"airlock","level":"warn","event":"airlock.denied","fields":{"port":80}}
// Never secrets, prompts or content. Levels by who must act: error = the service stops or data is
// at risk; warn = the owner should look; info = rare; debug = off in production. Nothing that a
// client can trigger at will is logged without a RateLimit.
namespace secai::log {

enum class Level : std::uint8_t { kDebug, kInfo, kWarn, kError };

// One named value. Text is cut at 1 KiB and its control, bidi and broken characters are shown
// escaped.
class Field {
 public:
  Field(std::string_view name, std::string_view value);
  Field(std::string_view name, const char* value) : Field(name, std::string_view(value)) {}
  Field(std::string_view name, const std::string& value) : Field(name, std::string_view(value)) {}
  Field(std::string_view name, bool value);
  Field(std::string_view name, double value);
  template <std::signed_integral T>
  Field(std::string_view name, T value) : name_(name), json_(std::to_string(value)) {}
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  Field(std::string_view name, T value) : name_(name), json_(std::to_string(value)) {}

  std::string_view name() const { return name_; }
  std::string_view json() const { return json_; }

 private:
  std::string name_;
  std::string json_;
};

using Fields = std::initializer_list<Field>;

// Who speaks, and from which level on. Called once by RunService before there are threads; until
// then the room is "-" and debug is off.
void SetRoom(std::string_view room);
void SetLowestLevel(Level level);

// Each writes its line with one write(2), so lines of several threads do not mix. A line that
// cannot be written is lost: there is nowhere to say so. Thread-safety: any thread.
void Debug(std::string_view event, Fields fields = {});
void Info(std::string_view event, Fields fields = {});
void Warn(std::string_view event, Fields fields = {});
void Error(std::string_view event, Fields fields = {});

// The line, with its newline. A pure function.
std::string FormatLine(Clock::TimePoint time, std::string_view room, Level level,
                       std::string_view event, Fields fields);

// At most `burst` events at once and one per `interval` in the long run.
//   if (const auto dropped = limit.Admit(now)) log::Warn("…", {{"suppressed", *dropped}});
// Thread-safety: one thread only. Time: monotonic, given by the caller.
class RateLimit {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  RateLimit(std::uint32_t burst, std::chrono::milliseconds interval)
      : burst_(burst), interval_(interval), tokens_(burst) {}

  // How many events were refused since the last one admitted; nothing when this one is refused too.
  std::optional<std::uint64_t> Admit(TimePoint now);

 private:
  std::uint32_t burst_;
  std::chrono::milliseconds interval_;
  std::uint32_t tokens_;
  std::uint64_t suppressed_ = 0;
  std::optional<TimePoint> last_refill_;
};

}  // namespace secai::log
