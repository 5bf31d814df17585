#pragma once

#include <cstddef>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/result.h"
#include "http/message.h"
#include "http/response.h"

namespace secai::http {

// One request and the way to its body. Lives until the handler has returned its answer and the
// answer is sent. Thread-safety: one thread; one read at a time.
class Exchange {
 public:
  Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  virtual ~Exchange() = default;

  virtual const Request& request() const = 0;

  // The whole body. A Content-Length over `max_bytes` is refused before anything is read.
  // Errors: kDenied when it is over `max_bytes` (answer 413); kInvalidArgument when its framing is
  // broken (400); kUnavailable when the client went away or was slower than the body budget (408).
  virtual boost::asio::awaitable<Result<std::string>> ReadBody(std::size_t max_bytes) = 0;

  // The next 1 to `size` bytes of the body, or 0 at its end. Reads from the socket only when asked:
  // a slow consumer slows the client down. `data` must stay alive until the coroutine has finished.
  // Errors: as above; each call has the read budget.
  virtual boost::asio::awaitable<Result<std::size_t>> ReadSome(char* data, std::size_t size) = 0;

  // Runs `work` and cancels it (asio terminal cancellation) when the client hangs up. Only after
  // the body was read. Errors: those of `work`; kUnavailable when the client has gone. Limits: a
  // client that closes only its sending side counts as gone.
  virtual boost::asio::awaitable<Result<>> WhileConnected(
      boost::asio::awaitable<Result<>> work) = 0;
};

// Answers requests. One object serves all connections of a server; handlers of different
// connections run concurrently on one thread.
class Service {
 public:
  Service() = default;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  virtual ~Service() = default;

  // `exchange` lives until the answer is sent. An exception is answered with 500.
  virtual boost::asio::awaitable<Response> Handle(Exchange* exchange) = 0;

  // The body of an answer that the server gives itself (400 for a broken head, 408, 431, 500, 503).
  virtual Response Refuse(int status, std::string_view reason) = 0;
};

}  // namespace secai::http
