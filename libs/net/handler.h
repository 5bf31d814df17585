#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/result.h"
#include "net/message.h"

namespace secai::net {

// Where a handler puts the parts of a streaming answer.
class ItemSink {
 public:
  ItemSink() = default;
  ItemSink(const ItemSink&) = delete;
  ItemSink& operator=(const ItemSink&) = delete;
  virtual ~ItemSink() = default;

  // Returns when the item is in the socket. Errors: kUnavailable when the caller hung up or
  // cancelled: then stop working.
  virtual boost::asio::awaitable<Result<>> Send(Message item) = 0;

  virtual bool is_cancelled() const = 0;
};

// Answers calls. One object may serve many links; calls of one link run concurrently, each in a
// coroutine of its own that is cancelled (asio terminal cancellation) when the caller cancels or
// hangs up.
class Handler {
 public:
  Handler() = default;
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;
  virtual ~Handler() = default;

  // `peer` is the room on the other end, as the supervisor named it. `items` lives until the
  // coroutine has finished. An unknown method is kNotFound; a method that `peer` may not use is
  // kDenied.
  virtual boost::asio::awaitable<Result<Message>> Handle(std::string peer, std::string method,
                                                         Message request, ItemSink* items) = 0;
};

}  // namespace secai::net
