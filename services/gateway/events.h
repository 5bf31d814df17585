#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/json/array.hpp>

#include "base/result.h"
#include "net/caller.h"
#include "net/signal.h"

namespace secai::gateway {

// Spreads what quarantine, inference and the registry say to all readers of /api/events.
//
// A new reader first gets the present state, then each change. A reader that falls behind by more
// than kMaxQueuedBytes is cut off: it connects again and gets the present state. Thread-safety: the
// executor's thread only.
class EventHub {
 public:
  static constexpr std::size_t kMaxQueuedBytes = std::size_t{4} << 20;
  static constexpr std::size_t kMaxReaders = 64;

  enum class Source : std::uint8_t { kClaims, kModels, kRegistry };

  explicit EventHub(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  // Follows one source for ever: `room`'s method "X.watch", again after `pause` when the room hangs
  // up. `room` outlives the coroutine.
  boost::asio::awaitable<void> Follow(Source source, net::Caller* room,
                                      std::chrono::milliseconds pause);

  // One reader's place. Destroy it to leave.
  class Reader {
   public:
    explicit Reader(const boost::asio::any_io_executor& executor) : changed_(executor) {}

    // The next events, already in SSE form. Errors: kUnavailable when it was cut off.
    boost::asio::awaitable<Result<std::string>> Next();

    bool is_cut_off() const { return is_cut_off_; }

   private:
    friend class EventHub;
    std::deque<std::shared_ptr<const std::string>> queue_;
    std::size_t queued_bytes_ = 0;
    bool is_cut_off_ = false;
    net::Signal changed_;
  };

  // Errors: kUnavailable when there are kMaxReaders.
  Result<std::shared_ptr<Reader>> Join();

  std::size_t reader_count();

 private:
  void Take(Source source, const net::Message& item);
  void Send(const std::string& event);
  static void Push(Reader* reader, std::shared_ptr<const std::string> event);

  boost::asio::any_io_executor executor_;
  std::list<std::weak_ptr<Reader>> readers_;
  std::map<std::string, boost::json::object> claims_;  // By id; those discarded are gone.
  std::string models_event_;                           // The last one whole.
  std::string registry_event_;
};

}  // namespace secai::gateway
