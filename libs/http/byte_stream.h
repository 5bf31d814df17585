#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/result.h"
#include "base/unique_fd.h"

namespace secai::http {

// A connected stream socket, TCP or Unix, with a budget on every wait.
//
// After a wait that ran out the socket is closed. One read and one write may wait at the same time,
// but no two of a kind. Thread-safety: one thread only. Ownership: must outlive its coroutines.
class ByteStream {
 public:
  // Takes over a non-blocking `socket`. Errors: kInvalidArgument when it is no stream socket.
  static Result<std::unique_ptr<ByteStream>> Create(boost::asio::any_io_executor executor,
                                                    UniqueFd socket);
  ~ByteStream();

  // 1 to `size` bytes, or 0 when the peer has closed its side.
  // Errors: kUnavailable on hang-up or after `budget`.
  boost::asio::awaitable<Result<std::size_t>> ReadSome(char* data, std::size_t size,
                                                       std::chrono::milliseconds budget);

  // Returns when all of `bytes` and `*more` (may be null; stays alive) are in the socket.
  // Errors: kUnavailable on hang-up or after `budget`.
  boost::asio::awaitable<Result<>> Write(std::string bytes, std::shared_ptr<const std::string> more,
                                         std::chrono::milliseconds budget);

  // Returns when the peer has hung up, or closed its sending side with nothing left to read. Reads
  // nothing. With unread bytes waiting it looks every 200 ms.
  boost::asio::awaitable<void> WaitHangUp();

  // Says that nothing more will be sent, then reads and drops what the peer still sends, so that it
  // gets our last answer instead of a reset; at most `max_bytes` and `budget` for each read.
  boost::asio::awaitable<void> Linger(std::size_t max_bytes, std::chrono::milliseconds budget);

  void Close();

 private:
  class Impl;
  explicit ByteStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace secai::http
