#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "audit/api/events.h"
#include "http/message.h"
#include "net/caller.h"

namespace secai::gateway {

// Counts requests that were refused for who asked, by reason and asker, so that a stranger who
// knocks all day makes one line of the audit log a minute, not a million. Limits: kMaxKinds kinds;
// what comes beyond is counted as "others". Thread-safety: one thread only. Time: monotonic, given
// by the caller.
class RefusalCounter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kMaxKinds = 128;
  static constexpr std::chrono::minutes kInterval{1};

  void Add(std::string reason, std::string who);
  // What is to be told now: each kind at most once an interval.
  std::vector<audit::events::GatewayRequestRefused> TakeDue(TimePoint now);
  // When the next kind will be due; none when nothing waits.
  std::optional<TimePoint> NextDue(TimePoint now) const;

 private:
  struct Kind {
    std::uint64_t count = 0;
    std::optional<TimePoint> told;
  };
  std::map<std::pair<std::string, std::string>, Kind> kinds_;
};

// Who asked, in words of ours: "uid 1001", "unknown user", and ", browser" where one did. Never a
// header's text.
std::string WhoAsked(const http::Request& request);

// Sends what RefusalCounter counts to the audit log. Audit down: the counts wait.
class RefusalReporter {
 public:
  // `audit` outlives it.
  RefusalReporter(const boost::asio::any_io_executor& executor, net::Caller* audit)
      : timer_(executor), audit_(audit) {}

  void Note(std::string reason, std::string who);
  // Runs for ever.
  boost::asio::awaitable<void> Run();

 private:
  RefusalCounter counter_;
  boost::asio::steady_timer timer_;
  net::Caller* audit_;
};

}  // namespace secai::gateway
