#include "base/time_text.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

namespace secai {
namespace {

namespace chrono = std::chrono;

constexpr std::string_view kShape = "0000-00-00T00:00:00.000Z";

int DigitsAt(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (const char c : text.substr(at, count)) value = value * 10 + (c - '0');
  return value;
}

}  // namespace

std::string FormatTime(Clock::TimePoint time) {
  constexpr Clock::TimePoint kFirst = chrono::sys_days(chrono::year(0) / 1 / 1);
  constexpr Clock::TimePoint kEnd = chrono::sys_days(chrono::year(10000) / 1 / 1);
  time = std::clamp(time, kFirst, kEnd - chrono::milliseconds(1));
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

Result<Clock::TimePoint> ParseTime(std::string_view text) {
  const auto bad = [] {
    return Fail(ErrorCode::kInvalidArgument, "a time like 2026-11-24T19:23:01.007Z is needed");
  };
  if (text.size() != kShape.size()) return bad();
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == '0' ? !is_digit : text[i] != kShape[i]) return bad();
  }
  const chrono::year_month_day date(chrono::year(DigitsAt(text, 0, 4)),
                                    chrono::month(static_cast<unsigned>(DigitsAt(text, 5, 2))),
                                    chrono::day(static_cast<unsigned>(DigitsAt(text, 8, 2))));
  const int hour = DigitsAt(text, 11, 2);
  const int minute = DigitsAt(text, 14, 2);
  const int second = DigitsAt(text, 17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return bad();
  return chrono::sys_days(date) + chrono::hours(hour) + chrono::minutes(minute) +
         chrono::seconds(second) + chrono::milliseconds(DigitsAt(text, 20, 3));
}

}  // namespace secai
