#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include "net/caller.h"
#include "net/link.h"
#include "net/signal.h"

namespace secai::service {

// The way to one other room. Asks the supervisor for a link (control.link) at the first call, and
// again at the first call after the link was lost, so that a caller need not know who restarted.
//
// A call that was under way when the link broke fails with kUnavailable; it is never repeated,
// because the other room may have done the work already. Errors: kDenied when the supervisor's
// table does not list this pair; kUnavailable while the other room is down. Thread-safety: the
// io_context's thread only. Ownership: borrows `control`, which must outlive it.
class RoomLink final : public net::Caller {
 public:
  RoomLink(boost::asio::any_io_executor executor, std::string room, net::Caller* control);

  boost::asio::awaitable<Result<net::Message>> Call(std::string method, net::Message request,
                                                    std::chrono::milliseconds budget) override;
  boost::asio::awaitable<Result<std::unique_ptr<net::ReplyStream>>> Open(
      std::string method, net::Message request) override;

  // Hangs up; calls under way fail.
  void Close();

 private:
  // One connection is made at a time. Shared with the coroutine that makes it, which may end later
  // than this object when the whole process stops.
  struct Connecting {
    explicit Connecting(const boost::asio::any_io_executor& executor) : ended(executor) {}
    bool is_active = false;
    net::Signal ended;
  };
  class ConnectingMark;

  boost::asio::awaitable<Result<std::shared_ptr<net::Link>>> Connect(
      std::chrono::milliseconds budget);
  boost::asio::awaitable<Result<std::shared_ptr<net::Link>>> AskForLink(
      std::chrono::milliseconds budget);

  boost::asio::any_io_executor executor_;
  std::string room_;
  net::Caller* control_;
  std::shared_ptr<net::Link> link_;
  std::shared_ptr<Connecting> connecting_;
};

// Sizes of a link as control.link and control.accept carry them: member max_frame_bytes, 64 KiB to
// 16 MiB. Errors: kInvalidArgument.
Result<std::size_t> MaxFrameBytes(const net::Message& message);

// The one descriptor of a message as a connected Unix socket. Errors: kInvalidArgument.
Result<net::Link::Socket> TakeSocket(const boost::asio::any_io_executor& executor,
                                     net::Message* message);

}  // namespace secai::service
