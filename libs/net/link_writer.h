#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/signal.h"

namespace secai::net {

// Writes frames to a non-blocking socket in the order they were given, each whole, whatever happens
// to the coroutine that gave it: a frame cut in half would put the stream out of step.
// Thread-safety: the socket's thread only. Ownership: borrows `socket`, which must outlive Run().
class LinkWriter {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;

  explicit LinkWriter(Socket* socket);

  // Puts the frame into the socket, or into the queue when the socket is full.
  void Push(std::string frame, std::vector<UniqueFd> fds);
  // Returns when all that was pushed before is in the socket (back-pressure), or the writer has
  // stopped.
  boost::asio::awaitable<Result<>> Drain();

  // Writes the queue until Stop() or an error of the socket. One caller, once.
  boost::asio::awaitable<Result<>> Run();
  void Stop();

 private:
  struct Pending {
    std::string frame;
    std::size_t sent = 0;
    std::vector<UniqueFd> fds;
  };

  // Sends from the front of the queue until it is empty or the socket is full.
  Result<> SendQueued();

  Socket* socket_;
  std::deque<Pending> queue_;
  Signal has_work_;
  Signal has_drained_;
  std::uint64_t pushed_ = 0;
  std::uint64_t written_ = 0;
  bool has_stopped_ = false;
};

}  // namespace secai::net
