#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/frame_reader.h"
#include "net/message.h"

namespace secai::net {

// The frames of a link without Asio, for confined workers: sendmsg(2) and recvmsg(2) on one
// descriptor, blocking. Thread-safety: Receive() and Send() share nothing, so one thread may
// receive while another sends; neither may run twice at a time. Errors: kUnavailable when the other
// side hung up; kInvalidArgument for a frame that breaks the protocol. After any error the stream
// is out of step: leave.
class BlockingLink {
 public:
  // `socket` is a connected, blocking Unix stream socket.
  explicit BlockingLink(UniqueFd socket, std::size_t max_frame_bytes = kDefaultMaxFrameBytes)
      : socket_(std::move(socket)), max_frame_bytes_(max_frame_bytes), reader_(max_frame_bytes) {}

  // Waits for the next envelope after the hello.
  Result<Envelope> Receive();

  // Says hello before the first envelope. A text over `max_frame_bytes` is kInvalidArgument, and
  // nothing was sent. The descriptors of `envelope` are closed afterwards.
  Result<> Send(Envelope envelope);

  int fd() const { return socket_.get(); }

 private:
  Result<> SendFrame(const std::string& frame, const std::vector<UniqueFd>& fds);

  UniqueFd socket_;
  std::size_t max_frame_bytes_;
  FrameReader reader_;
  bool has_greeted_ = false;
};

}  // namespace secai::net
