#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "audit/api/events.h"
#include "base/result.h"
#include "net/caller.h"

namespace secai::audit {

// Which entries are wanted. Without `after_seq` the newest ones before `before_seq` (or of all);
// with it the oldest ones after it, so that a reader who goes on from the last entry misses none.
struct TailRequest {
  std::uint64_t limit = 100;                     // 1 to 1000.
  std::optional<std::uint64_t> after_seq = {};   // Exclusive.
  std::optional<std::uint64_t> before_seq = {};  // Exclusive.
  std::string event_prefix = {};                 // "quarantine." or "" for all; at most 64 bytes.
};

// How other rooms reach the log. Thread-safety: the io_context's thread.
class AuditClient {
 public:
  // `room` is the way to the audit room; it must outlive the client.
  explicit AuditClient(net::Caller* room) : room_(room) {}

  // Returns the entry's sequence number once it survives power loss. An action that needs its
  // record is done after this, or refused: kUnavailable means nothing is recorded (or nobody
  // knows).
  boost::asio::awaitable<Result<std::uint64_t>> Record(
      Event event, std::chrono::milliseconds budget = std::chrono::seconds(10));

  // Record(events::RegistryRemoved{.name = …}).
  template <typename TypedEvent>
    requires requires(const TypedEvent& event) { event.ToEvent(); }
  boost::asio::awaitable<Result<std::uint64_t>> Record(
      const TypedEvent& event, std::chrono::milliseconds budget = std::chrono::seconds(10)) {
    return Record(event.ToEvent(), budget);
  }

  // The answer of `audit.tail` (docs/links.md). The gateway only.
  boost::asio::awaitable<Result<boost::json::object>> Tail(TailRequest request,
                                                           std::chrono::milliseconds budget);

 private:
  net::Caller* room_;
};

}  // namespace secai::audit
