#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "base/result.h"
#include "net/caller.h"
#include "net/handler.h"
#include "net/message.h"

namespace secai::net {

struct LinkOptions {
  std::string peer;  // The room on the other end: the link is the identity.
  Handler* handler =
      nullptr;  // Answers the other side's calls; null refuses all. Outlives the link.
  std::size_t max_frame_bytes = kDefaultMaxFrameBytes;
  std::size_t max_calls = 256;  // Calls of the other side at one time; one more is kUnavailable.
  // Bytes of undelivered items kept for one slow reader; above it its call fails.
  std::size_t max_buffered_item_bytes = std::size_t{16} << 20;
};

// One connection between two rooms over a Unix stream socket; both sides may call.
//
// Frames are read and written by coroutines that the link starts itself; they keep it alive until
// the socket closes. A frame that breaks the protocol closes the link: a peer that does that is
// broken or hostile, and is not argued with. Thread-safety: the io_context's thread only. Errors:
// after a hang-up every pending and later call is kUnavailable.
class Link final : public Caller, public std::enable_shared_from_this<Link> {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;

  static std::shared_ptr<Link> Start(Socket socket, LinkOptions options);
  // The same for a connected Unix stream socket that came as a descriptor. Errors: kInvalidArgument
  // when it is no such thing.
  static Result<std::shared_ptr<Link>> Adopt(const boost::asio::any_io_executor& executor,
                                             UniqueFd fd, LinkOptions options);
  ~Link() override;

  boost::asio::awaitable<Result<Message>> Call(std::string method, Message request,
                                               std::chrono::milliseconds budget) override;
  boost::asio::awaitable<Result<std::unique_ptr<ReplyStream>>> Open(std::string method,
                                                                    Message request) override;

  // Hangs up: pending calls fail, running handlers are cancelled.
  void Close();
  bool is_open() const;
  // Returns when the link has closed, for whatever reason.
  boost::asio::awaitable<void> WaitClosed();

 private:
  class Impl;
  explicit Link(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace secai::net
