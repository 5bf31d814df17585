#pragma once

#include <chrono>
#include <cstddef>

#include "base/result.h"
#include "base/unique_fd.h"
#include "net/message.h"

namespace secai::net {

// The same frames without Asio, for confined workers: read(2)/write(2)/recvmsg(2)/sendmsg(2) on one
// descriptor, blocking. Reader and writer are independent: one thread may receive while another sends.
// After any error the stream is out of step: leave.
class BlockingLink {
 public:
  explicit BlockingLink(UniqueFd socket, std::size_t max_frame_bytes = kDefaultMaxFrameBytes)
      : socket_(std::move(socket)), max_frame_bytes_(max_frame_bytes) {}

  // Waits for the next envelope; the first one must be the hello, which is checked and skipped.
  // Errors: kUnavailable when the peer hung up; kInvalidArgument for a frame that breaks the protocol.
  Result<Envelope> Receive();

  // Sends hello before the first envelope. Errors: kUnavailable when the peer hung up.
  Result<> Send(Envelope envelope);

  int fd() const { return socket_.get(); }

 private:
  Result<std::string> ReceiveFrame(std::vector<UniqueFd>* fds);
  Result<> SendFrame(const std::string& text, const std::vector<UniqueFd>& fds);

  UniqueFd socket_;
  std::size_t max_frame_bytes_;
  std::vector<UniqueFd> received_fds_;
  bool greeted_ = false;  // We have said hello.
  bool was_greeted_ = false;
};

}  // namespace secai::net
