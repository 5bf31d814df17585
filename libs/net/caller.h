#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/result.h"
#include "net/message.h"

namespace secai::net {

// The receiving end of a streaming answer. Destroying it before the end cancels the call.
// Thread-safety: the link's thread only.
class ReplyStream {
 public:
  ReplyStream() = default;
  ReplyStream(const ReplyStream&) = delete;
  ReplyStream& operator=(const ReplyStream&) = delete;
  virtual ~ReplyStream() = default;

  // The next item, or nullopt when the final reply has come (then `reply()` holds it).
  // Errors: what the other room answered; kUnavailable after `budget` of silence or on hang-up.
  virtual boost::asio::awaitable<Result<std::optional<Message>>> Next(
      std::chrono::milliseconds budget) = 0;

  // The final reply; valid once after Next() has returned nullopt.
  virtual Message& reply() = 0;
};

// A room that can be asked. Implemented by Link (one connection) and by service::RoomLink (which
// makes a new connection after either side restarted).
// Thread-safety: the io_context's thread only.
class Caller {
 public:
  Caller() = default;
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  virtual ~Caller() = default;

  // Asks and waits for the whole answer. Errors: what the other room answered; kUnavailable when it
  // hung up or did not answer within `budget` (the call is then cancelled).
  virtual boost::asio::awaitable<Result<Message>> Call(std::string method, Message request,
                                                       std::chrono::milliseconds budget) = 0;

  // Asks for an answer in parts.
  virtual boost::asio::awaitable<Result<std::unique_ptr<ReplyStream>>> Open(std::string method,
                                                                            Message request) = 0;
};

}  // namespace secai::net
