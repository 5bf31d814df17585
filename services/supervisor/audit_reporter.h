#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "audit/api/events.h"
#include "net/caller.h"
#include "net/signal.h"

namespace secai::supervisor {

// Tells the audit room what happened to the rooms: supervisor.started, .room_started, .room_exited.
//
// Events wait here while audit is down (its own exit is one of them) and are told in their order
// when it is back; at most 256 wait, then the oldest are dropped and the next event told carries
// how many
// (`dropped`). The supervisor never waits for audit: it must restart it.
// Thread-safety: the io_context's thread only. Ownership: borrows `audit`.
class AuditReporter {
 public:
  AuditReporter(boost::asio::any_io_executor executor, net::Caller* audit);

  void Report(audit::Event event);
  // Tells events until its coroutine is cancelled. One caller, once.
  boost::asio::awaitable<void> Run();
  // Returns when all is told, or after `budget`. For the stop; Run() must be under way.
  boost::asio::awaitable<void> Drain(std::chrono::milliseconds budget);

  static constexpr std::size_t kMaxWaiting = 256;

 private:
  // Tells the oldest event. Returns false when audit did not take it.
  boost::asio::awaitable<bool> TellOldest();

  net::Caller* audit_;
  std::deque<audit::Event> waiting_;
  std::size_t dropped_ = 0;
  bool is_telling_ = false;
  net::Signal changed_;
};

}  // namespace secai::supervisor
